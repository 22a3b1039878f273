/* calls/auth.h - are these credentials right?  Asked of the auth role.  Floor 3. */
#ifndef AUTH_CALLS_H
#define AUTH_CALLS_H

#include "calls/ticket.h"

/* 0: account is the canonical name, ticket what it opens, rights (enum ticket_right) likewise for
 * who asks; senders as the key's (calls/directory.h).  ERR_AUTH: wrong, or no such account
 * (same words, same time).  client: address text, for limits.  protocol: enum
 * ticket_protocol. */
#define AUTH_CHECK_ARGS(F, L) F(span, name) F(span, password) F(span, client) F(u8, protocol)
#define AUTH_CHECK_REPLY(F, L)                                                                     \
	F(span, account) F(span, ticket) F(i64, renew_at) F(u8, rights) F(span, senders)
PACK_DECLARE(auth_check_args, AUTH_CHECK_ARGS)
PACK_DECLARE(auth_check_reply, AUTH_CHECK_REPLY)
CALL_DECLARE(auth_check, auth_check_args, auth_check_reply);

/* SCRAM-SHA-256 (RFC 5802 5.1).  What the client is told of an account, which need not be there;
 * nonce is good for one proof, within two minutes, by the same protocol. */
#define AUTH_SCRAM_BEGIN_ARGS(F, L)  F(span, name) F(u8, protocol)
#define AUTH_SCRAM_BEGIN_REPLY(F, L) F(span, nonce) F(span, salt) F(u32, iterations)
PACK_DECLARE(auth_scram_begin_args, AUTH_SCRAM_BEGIN_ARGS)
PACK_DECLARE(auth_scram_begin_reply, AUTH_SCRAM_BEGIN_REPLY)
CALL_DECLARE(auth_scram_begin, auth_scram_begin_args, auth_scram_begin_reply);

/* As auth_check, but that a proof shows the password.  message: AuthMessage (RFC 5802 3), which
 * ends with the nonce in base64 (ERR_UNAVAILABLE: that exchange has ended).  signature:
 * ServerSignature. */
#define AUTH_SCRAM_PROOF_ARGS(F, L)                                                                \
	F(span, name)                                                                              \
	F(span, message)                                                                           \
	F(span, proof)                                                                             \
	F(span, client)                                                                            \
	F(u8, protocol)
#define AUTH_SCRAM_PROOF_REPLY(F, L)                                                               \
	F(span, account) F(span, ticket) F(i64, renew_at) F(span, signature)
PACK_DECLARE(auth_scram_proof_args, AUTH_SCRAM_PROOF_ARGS)
PACK_DECLARE(auth_scram_proof_reply, AUTH_SCRAM_PROOF_REPLY)
CALL_DECLARE(auth_scram_proof, auth_scram_proof_args, auth_scram_proof_reply);

/* A login at a relay host, by the name that a route gives (login=NAME).  ERR_NOT_FOUND: the file
 * of credentials has no such row. */
#define AUTH_RELAY_LOGIN_ARGS(F, L)  F(span, name)
#define AUTH_RELAY_LOGIN_REPLY(F, L) F(span, user) F(span, password)
PACK_DECLARE(auth_relay_login_args, AUTH_RELAY_LOGIN_ARGS)
PACK_DECLARE(auth_relay_login_reply, AUTH_RELAY_LOGIN_REPLY)
CALL_DECLARE(auth_relay_login, auth_relay_login_args, auth_relay_login_reply);

#endif
