/* rt/tls_impl.h - the context itself: for tls.c and stream_tls.c. */
#ifndef RT_TLS_IMPL_H
#define RT_TLS_IMPL_H

#include <openssl/ssl.h>
#include <stdint.h>

#include "rt/tls.h"

struct tls_context {
	unsigned refs; /* its owner, and each handshake under way */
	SSL_CTX *ssl;
	bool server;
	bool verify;
	bool slow;             /* its key is RSA: half a millisecond a handshake, for the pool */
	const char *protocol;  /* ALPN; NULL: any */
	int64_t tickets_until; /* when the ticket keys are changed */
};

void tls_ref(struct tls_context *ctx);
/* Notes code with OpenSSL's words for the last failure on this thread; returns code. */
int tls_err(int code, const char *what);
/* Changes the keys of session tickets when they are old. */
void tls_rotate_tickets(struct tls_context *ctx, int64_t now_at);

#endif
