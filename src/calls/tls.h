/* calls/tls.h - what the store remembers for the courier of other domains' TLS: their MTA-STS
 * policies (RFC 8461), so that a restart forgets none, and how sessions with them went (RFC 8460).
 * Floor 4.
 */
#ifndef TLS_CALLS_H
#define TLS_CALLS_H

#include "calls/call.h"

/* text: as the web server sent it; empty: none is known.  Times are of the wall, in ms. */
#define TLS_POLICY_GET_ARGS(F, L)  F(span, domain)
#define TLS_POLICY_GET_REPLY(F, L) F(span, id) F(span, text) F(i64, fetched_ms) F(i64, until_ms)
#define TLS_POLICY_PUT_ARGS(F, L)                                                                  \
	F(span, domain) F(span, id) F(span, text) F(i64, fetched_ms) F(i64, until_ms)
#define TLS_POLICY_PUT_REPLY(F, L) F(bool, kept)
PACK_DECLARE(tls_policy_get_args, TLS_POLICY_GET_ARGS)
PACK_DECLARE(tls_policy_get_reply, TLS_POLICY_GET_REPLY)
PACK_DECLARE(tls_policy_put_args, TLS_POLICY_PUT_ARGS)
PACK_DECLARE(tls_policy_put_reply, TLS_POLICY_PUT_REPLY)
CALL_DECLARE(tls_policy_get, tls_policy_get_args, tls_policy_get_reply);
CALL_DECLARE(tls_policy_put, tls_policy_put_args, tls_policy_put_reply);

/* Adds to the counts of today.  policy, result: RFC 8460 4.2, 4.3, and "success". */
#define TLS_RESULT_FIELDS(F, L)                                                                    \
	F(span, domain) F(span, policy) F(span, host) F(span, result) F(u32, sessions)
#define TLS_RESULTS_ADD_ARGS(F, L)  L(tls_result, results)
#define TLS_RESULTS_ADD_REPLY(F, L) F(bool, kept)
PACK_DECLARE(tls_result, TLS_RESULT_FIELDS)
PACK_DECLARE(tls_results_add_args, TLS_RESULTS_ADD_ARGS)
PACK_DECLARE(tls_results_add_reply, TLS_RESULTS_ADD_REPLY)
CALL_DECLARE(tls_results_add, tls_results_add_args, tls_results_add_reply);

#endif
