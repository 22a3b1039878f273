/* calls/auth.h - are these credentials right?  Asked of the auth role.  Floor 3. */
#ifndef AUTH_CALLS_H
#define AUTH_CALLS_H

#include "calls/ticket.h"

/* 0: account is the canonical name, ticket what it opens.  ERR_AUTH: wrong, or no such account
 * (same words, same time).  client: address text, for limits.  protocol: enum
 * ticket_protocol. */
#define AUTH_CHECK_ARGS(F, L)  F(span, name) F(span, password) F(span, client) F(u8, protocol)
#define AUTH_CHECK_REPLY(F, L) F(span, account) F(span, ticket) F(i64, renew_at)
PACK_DECLARE(auth_check_args, AUTH_CHECK_ARGS)
PACK_DECLARE(auth_check_reply, AUTH_CHECK_REPLY)
CALL_DECLARE(auth_check, auth_check_args, auth_check_reply);

/* A login at a relay host, by the name that a route gives (login=NAME).  ERR_NOT_FOUND: the file
 * of credentials has no such row. */
#define AUTH_RELAY_LOGIN_ARGS(F, L)  F(span, name)
#define AUTH_RELAY_LOGIN_REPLY(F, L) F(span, user) F(span, password)
PACK_DECLARE(auth_relay_login_args, AUTH_RELAY_LOGIN_ARGS)
PACK_DECLARE(auth_relay_login_reply, AUTH_RELAY_LOGIN_REPLY)
CALL_DECLARE(auth_relay_login, auth_relay_login_args, auth_relay_login_reply);

#endif
