/* rt/stream/tls.h - TLS contexts (OpenSSL 3).  Floor 1.  Streams use them: rt/stream/stream.h. */
#ifndef RT_TLS_H
#define RT_TLS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"
#include "wire/tlsa/tlsa.h"

struct tls_context;

/* From PEM octets (the role opens no files).  TLS 1.2 and up, no renegotiation,
 * SSL_MODE_RELEASE_BUFFERS.  ERR_CONFIG with OpenSSL's words. */
NODISCARD int tls_server_new(struct span certificate_pem, struct span key_pem,
                             struct tls_context **out);
/* One more certificate, PEM of its chain and its key in any order: who asks for a name (SNI, RFC
 * 6066 3) that it bears, and the context's first one does not, is given it; the earliest of
 * several. ERR_CONFIG; ERR_LIMIT past TLS_MORE_MAX. */
enum { TLS_MORE_MAX = 256 };
NODISCARD int tls_server_add(struct tls_context *ctx, struct span pem);
/* A client that offers protocols (ALPN, RFC 7301) without this one is refused, so
 * that a browser cannot be made to talk to us (threats 20).  Borrowed for ever. */
void tls_server_protocol(struct tls_context *ctx, const char *protocol);
/* verify: the chain against the system's roots (read here, before the sandbox
 * closes; SSL_CERT_FILE names others) and the name; else any certificate is taken
 * (opportunistic TLS, RFC 7435).  ERR_CONFIG when there are no roots. */
NODISCARD int tls_client_new(bool verify, struct tls_context **out);
/* The same as tls_client_new(true), but who fails is taken too: tls_facts.verified tells.
 * ERR_CONFIG. */
NODISCARD int tls_client_testing_new(struct tls_context **out);
/* For stream_tls_connect_dane: the server is known by TLSA records, not by roots.  ERR_NO_MEMORY.
 */
NODISCARD int tls_client_dane_new(struct tls_context **out);
/* The roots of a verifying client, for an SSL_CTX of another library's. */
void tls_lend_roots(const struct tls_context *ctx, void *ssl_ctx);
/* Streams that use it, and handshakes under way, go on. */
void tls_free(struct tls_context *ctx);

/* After a handshake.  The strings live as long as the stream. */
struct tls_facts {
	const char *version; /* "TLSv1.3" */
	const char *cipher;  /* "TLS_AES_256_GCM_SHA384" */
	int bits;
	bool verified; /* chain and name were checked and good */
};

/* What is wrong with a certificate. */
enum tls_fault {
	TLS_FAULT_NONE,
	TLS_FAULT_NAME,    /* it bears another name                 */
	TLS_FAULT_EXPIRED, /* or is not yet valid                   */
	TLS_FAULT_UNKNOWN, /* its authority is not known            */
	TLS_FAULT_OTHER,
};

/* How a server is known by DNS (RFC 7671).  All borrowed, for the handshake.  Records of use
 * DANE-EE stand for their certificate whatever else is in it; those of use DANE-TA for certificates
 * below theirs that bear one of the names and are of today.  */
struct tls_dane {
	const struct tlsa *records;
	size_t n_records;
	const char *name; /* where the records are: goes out as SNI; one of the names */
	const char *const *more_names; /* NULL-terminated */
};

#endif
