/* rt/stream/tls_challenge.h - answers to an ACME server that asks by TLS whether a name is ours.
 *
 * Source: RFC 8737.  A client that offers the protocol acme-tls/1 and nothing else is shown a
 * certificate made for that, and the connection ends (ERR_CLOSED from stream_tls_accept).  Nobody
 * but a context that was given to tls_challenges_serve answers.
 */
#ifndef RT_TLS_CHALLENGE_H
#define RT_TLS_CHALLENGE_H

#include "base/span.h"
#include "rt/stream/tls.h"

enum { TLS_CHALLENGES_MAX = 32, TLS_CHALLENGE_BYTES = 32 };

void tls_challenges_serve(struct tls_context *ctx);
/* digest: SHA-256 of the key authorization.  ERR_LIMIT, ERR_SYNTAX, ERR_NO_MEMORY. */
NODISCARD int tls_challenge_put(struct span name, const uint8_t digest[TLS_CHALLENGE_BYTES]);
void tls_challenge_drop(struct span name);

#endif
