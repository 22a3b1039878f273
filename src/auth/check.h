/* auth/check.h - is this password right, or this proof of it?  Floor 3; auth role only. */
#ifndef AUTH_CHECK_H
#define AUTH_CHECK_H

#include "calls/auth.h"
#include "calls/directory.h"

enum { AUTH_SECRET_BYTES = 32 };

WAITS auth_check_fn auth_check_here;
WAITS auth_scram_begin_fn auth_scram_begin_here;
WAITS auth_scram_proof_fn auth_scram_proof_here;
/* own.c */
WAITS directory_own_fn directory_own_here;
/* Registers the calls of calls/auth.h, and directory_own. */
void auth_serve(void);

/* First, in a fibre; opens and closes credentials.h too. */
NODISCARD WAITS int auth_check_open(void);
void auth_check_close(void);
/* secret: AUTH_SECRET_BYTES that outlive the server and that nobody else knows, so that what is
 * told of accounts that are not there is the same after a restart.  ERR_CONFIG. */
NODISCARD int auth_scram_open(struct span secret);
void auth_scram_close(void);

#endif
