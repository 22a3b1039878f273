/* auth/check.h - is this password right?  Floor 3; auth role only. */
#ifndef AUTH_CHECK_H
#define AUTH_CHECK_H

#include "calls/auth.h"

WAITS auth_check_fn auth_check_here;
/* Registers the calls of calls/auth.h. */
void auth_serve(void);

/* First, in a fibre; opens and closes credentials.h too. */
NODISCARD WAITS int auth_check_open(void);
void auth_check_close(void);

#endif
