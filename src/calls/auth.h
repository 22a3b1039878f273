/* calls/auth.h - are these credentials right?  Asked of the auth role.  Floor 3. */
#ifndef AUTH_CALLS_H
#define AUTH_CALLS_H

#include "calls/call.h"

/* 0: account is the canonical name.  ERR_AUTH: wrong, or no such account (same words,
 * same time).  client: address text, for limits. */
#define AUTH_CHECK_ARGS(F, L)  F(span, name) F(span, password) F(span, client)
#define AUTH_CHECK_REPLY(F, L) F(span, account)
PACK_DECLARE(auth_check_args, AUTH_CHECK_ARGS)
PACK_DECLARE(auth_check_reply, AUTH_CHECK_REPLY)
CALL_DECLARE(auth_check, auth_check_args, auth_check_reply);

#endif
