/* rt/stream/tls_impl.h - contexts and what a stream has of TLS: for tls.c, tls_expect.c,
 * stream_tls.c, and the library. */
#ifndef RT_TLS_IMPL_H
#define RT_TLS_IMPL_H

#include <openssl/ssl.h>
#include <stdint.h>

#include "rt/stream/tls.h"

/* A certificate with what leads to its authority, and its key. */
struct tls_identity {
	X509 *certificate;
	STACK_OF(X509) * chain; /* NULL: none */
	EVP_PKEY *key;
};

struct tls_context {
	unsigned refs; /* its owner, and each handshake under way */
	SSL_CTX *ssl;
	bool server;
	bool verify;
	bool slow; /* its key is RSA: half a millisecond a handshake, for the pool */
	struct tls_identity *more; /* tls_names.c */
	size_t n_more;
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

/* A key with a pass phrase must not ask for it on the terminal. */
int tls_no_phrase(char *p, int n, int writing, void *arg);
bool tls_key_is_slow(EVP_PKEY *key);
void tls_identity_free(struct tls_identity *i);
/* To one client.  1; 0: the handshake fails. */
int tls_identity_show(SSL *ssl, const struct tls_identity *i);
/* From now on the client's name and protocol decide what it is shown. */
void tls_names_choose(struct tls_context *ctx);
/* tls_challenge.h; 1, or 0: the handshake fails. */
bool tls_challenge_is_asked(const SSL *ssl);
int tls_challenge_show(SSL *ssl);
void tls_identities_free(struct tls_context *ctx);
void tls_ref(struct tls_context *ctx);
/* Notes code with OpenSSL's words for the last failure on this thread; returns code. */
int tls_err(int code, const char *what);
/* Before a client's handshake: the name goes out as SNI, and is held against the certificate when
 * that is verified.  ERR_TLS. */
NODISCARD int tls_expect_name(SSL *ssl, bool verify, const char *name);
/* The certificate must fit one of the records.  ERR_TLS; ERR_CERTIFICATE: none holds one. */
NODISCARD int tls_expect_dane(SSL *ssl, const struct tls_dane *dane);
/* Changes the keys of session tickets when they are old. */
void tls_rotate_tickets(struct tls_context *ctx, int64_t now_at);

#endif
