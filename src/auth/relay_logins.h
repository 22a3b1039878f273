/* auth/relay_logins.h - what we are known as at relay hosts.  Auth role only.
 *
 * server.credentials: NAME:USER:PASSWORD a line, the password to the line's end; # begins a
 * comment line.  A route names a row by login=NAME.  The store asks for one when an attempt is due
 * and hands it to the courier with that attempt: neither keeps it.
 */
#ifndef AUTH_RELAY_LOGINS_H
#define AUTH_RELAY_LOGINS_H

#include "base/err.h"
#include "base/span.h"

/* The rows of the file instead of those before; ERR_CONFIG (the line is named, its words are not),
 * ERR_NO_MEMORY: the old ones stay. */
NODISCARD int relay_logins_load(struct span text);
/* Whether relay_logins_load would take it. */
NODISCARD int relay_logins_check(struct span text);
/* Answers auth_relay_login. */
void relay_logins_serve(void);
void relay_logins_close(void);

#endif
