/* role/acme.h - certificates by ACME (RFC 8555): a process of its own for the time of a renewal.
 *
 * The parent starts it when the control role asks (renewal.h), and gives it settings and names.  It
 * runs uacme(1), whose hook speaks to it through a socket, and tells challenges to the parent, who
 * has the edge answer them.  It may connect out, and write in tls.acme_dir and nowhere else
 * (docs/adr/0051).
 */
#ifndef ROLE_ACME_H
#define ROLE_ACME_H

#include "config/settings.h"

/* Its name behind `postrider role`, and in the log. */
#define ACME_ROLE "acme"

/* The process itself, given by its parent over BOOT_FD.  Returns the exit status. */
int acme_run(void);
/* The user that it becomes, whose tls.acme_dir is; -1: stays who it is. */
int acme_uid(const struct settings *set);

/* Where it keeps the certificate of a name (the first of several), and its key; false: there is
 * none. path is a text then. */
enum { ACME_PATH_MAX = 4096 };
struct buf;
bool acme_certificate(const struct settings *set, const char *name, struct buf *path);
bool acme_key(const struct settings *set, const char *name, struct buf *path);

#endif
