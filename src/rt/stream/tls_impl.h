/* rt/stream/tls_impl.h - contexts and what a stream has of TLS: for tls.c and stream_tls.c. */
#ifndef RT_TLS_IMPL_H
#define RT_TLS_IMPL_H

#include <openssl/ssl.h>
#include <stdint.h>

#include "rt/stream/tls.h"

struct tls_context {
	unsigned refs; /* its owner, and each handshake under way */
	SSL_CTX *ssl;
	bool server;
	bool verify;
	bool slow;             /* its key is RSA: half a millisecond a handshake, for the pool */
	const char *protocol;  /* ALPN; NULL: any */
	int64_t tickets_until; /* when the ticket keys are changed */
};

/* TLS of one stream. */
struct stream_tls {
	SSL *ssl;
	struct tls_facts facts;
	unsigned reads, writes; /* not yet in stream_counts: a handshake may be on a pool thread */
	int sys_errno;
	bool eof;
	bool failed; /* no more records: not even close_notify */
};

void tls_ref(struct tls_context *ctx);
/* Notes code with OpenSSL's words for the last failure on this thread; returns code. */
int tls_err(int code, const char *what);
/* Changes the keys of session tickets when they are old. */
void tls_rotate_tickets(struct tls_context *ctx, int64_t now_at);

#endif
