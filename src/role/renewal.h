/* role/renewal.h - the parent's part of certificates by ACME: it starts the process that sees to
 * them (acme.h), and passes on between that, the edge and the control role.
 */
#ifndef ROLE_RENEWAL_H
#define ROLE_RENEWAL_H

#include "role/role.h"

/* tls.acme_dir, made when missing, its user's.  Before the parent's sandbox closes. */
NODISCARD int renewal_make_dir(const struct settings *set);

/* The control role wants one; m has the names.  ERR_EXISTS: one is under way, whose end is told. */
NODISCARD int renewal_begin(const struct server_inputs *inputs, const struct boot_message *m);
/* To be polled for input; -1: none is under way. */
int renewal_fd(void);
/* Input has come.  edge, control: their sockets, or -1.  True: certificates were issued. */
bool renewal_hear(int edge, int control);
/* The edge has answered a challenge, or has ended (yes false). */
void renewal_challenged(bool yes);
void renewal_stop(void);

#endif
