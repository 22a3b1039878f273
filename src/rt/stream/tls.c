/* rt/stream/tls.c - TLS contexts: what is offered, what is trusted.
 *
 * RFC 8446, RFC 5246; RFC 9325 (which versions and ciphers); RFC 7301 (ALPN).
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/os.h"
#include "rt/stream/tls_impl.h"

enum {
	TICKETS_MS = 12 * 3600 * 1000, /* a stolen key opens no more than this (threats 32) */
	TICKET_KEYS_BYTES = 128,
};

/* Forward secrecy and AEAD first; CBC with ECDHE for mail clients of 2012. */
static const char SERVER_CIPHERS[] =
        "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES:!aNULL:!eNULL:!MD5:!DSS:!PSK";
static const char CLIENT_CIPHERS[] = "HIGH:!aNULL:!eNULL:!MD5:!DSS:!PSK:!SRP:!3DES";

int tls_err(int code, const char *what)
{
	unsigned long e = ERR_peek_last_error();
	const char *why = e ? ERR_reason_error_string(e) : NULL;
	ERR_clear_error();
	return err(code, "%s: %s", what, why ? why : "no reason given");
}

static int context_new(const SSL_METHOD *method, const char *ciphers, struct tls_context **out)
{
	struct tls_context *ctx = calloc(1, sizeof *ctx);
	SSL_CTX *ssl = ctx ? SSL_CTX_new(method) : NULL;
	if (!ssl) {
		free(ctx);
		return tls_err(ERR_NO_MEMORY, "TLS context");
	}
	SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	                                 SSL_OP_CIPHER_SERVER_PREFERENCE |
	                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ssl, 1); /* a record in one read, not two */
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ssl, 1);
	SSL_CTX_set_cipher_list(ssl, ciphers);
	ctx->ssl = ssl;
	ctx->refs = 1;
	*out = ctx;
	return 0;
}

void tls_ref(struct tls_context *ctx)
{
	ctx->refs++;
}

void tls_free(struct tls_context *ctx)
{
	if (!ctx || --ctx->refs)
		return;
	tls_identities_free(ctx);
	SSL_CTX_free(ctx->ssl);
	free(ctx);
}

int tls_no_phrase(char *p, int n, int writing, void *arg)
{
	(void)p;
	(void)n;
	(void)writing;
	(void)arg;
	return 0;
}

bool tls_key_is_slow(EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS");
}

static int use_chain(SSL_CTX *ssl, BIO *pem)
{
	X509 *x = PEM_read_bio_X509_AUX(pem, NULL, tls_no_phrase, NULL);
	int good = x && SSL_CTX_use_certificate(ssl, x);
	X509_free(x);
	while (good && (x = PEM_read_bio_X509(pem, NULL, tls_no_phrase, NULL)))
		if (!SSL_CTX_add0_chain_cert(ssl, x)) {
			X509_free(x);
			good = 0;
		}
	if (good)
		ERR_clear_error(); /* the end of the file */
	return good;
}

static int use_certificate(struct tls_context *ctx, struct span certificate, struct span key)
{
	BIO *cert_pem = BIO_new_mem_buf(certificate.p, (int)certificate.n);
	BIO *key_pem = BIO_new_mem_buf(key.p, (int)key.n);
	EVP_PKEY *k = NULL;
	int r = 0;
	if (!cert_pem || !key_pem)
		r = tls_err(ERR_NO_MEMORY, "certificate");
	else if (!use_chain(ctx->ssl, cert_pem))
		r = tls_err(ERR_CONFIG, "certificate");
	else if (!(k = PEM_read_bio_PrivateKey(key_pem, NULL, tls_no_phrase, NULL)) ||
	         !SSL_CTX_use_PrivateKey(ctx->ssl, k) || !SSL_CTX_check_private_key(ctx->ssl))
		r = tls_err(ERR_CONFIG, "private key");
	else
		ctx->slow = tls_key_is_slow(k);
	EVP_PKEY_free(k);
	BIO_free(key_pem);
	BIO_free(cert_pem);
	return r;
}

int tls_server_new(struct span certificate_pem, struct span key_pem, struct tls_context **out)
{
	struct tls_context *ctx;
	int r = context_new(TLS_server_method(), SERVER_CIPHERS, &ctx);
	if (r < 0)
		return r;
	ctx->server = true;
	SSL_CTX_set_dh_auto(ctx->ssl, 1);
	r = use_certificate(ctx, certificate_pem, key_pem);
	if (r < 0) {
		tls_free(ctx);
		return r;
	}
	*out = ctx;
	return 0;
}

static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *n,
                           const unsigned char *offered, unsigned n_offered, void *arg)
{
	struct tls_context *ctx = arg;
	struct span want =
	        tls_challenge_is_asked(ssl) ? SPAN("acme-tls/1") : span_str(ctx->protocol);
	for (unsigned i = 0; i < n_offered; i += 1U + offered[i])
		if (i + 1 + offered[i] <= n_offered &&
		    span_eq(span_make(offered + i + 1, offered[i]), want)) {
			*chosen = offered + i + 1;
			*n = offered[i];
			return SSL_TLSEXT_ERR_OK;
		}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void tls_server_protocol(struct tls_context *ctx, const char *protocol)
{
	ctx->protocol = protocol;
	SSL_CTX_set_alpn_select_cb(ctx->ssl, choose_protocol, ctx);
}

static int load_roots(SSL_CTX *ssl)
{
	const char *const files[] = {
		getenv(X509_get_default_cert_file_env()),
		X509_get_default_cert_file(),
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/cert.pem",
	};
	for (size_t i = 0; i < N_ELEMS(files); i++)
		if (files[i] && SSL_CTX_load_verify_file(ssl, files[i])) {
			ERR_clear_error();
			return 0;
		}
	return tls_err(ERR_CONFIG, "the system's root certificates");
}

int tls_client_new(bool verify, struct tls_context **out)
{
	struct tls_context *ctx;
	int r = context_new(TLS_client_method(), CLIENT_CIPHERS, &ctx);
	if (r < 0)
		return r;
	ctx->verify = verify;
	SSL_CTX_set_verify(ctx->ssl, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	r = verify ? load_roots(ctx->ssl) : 0;
	if (r < 0) {
		tls_free(ctx);
		return r;
	}
	*out = ctx;
	return 0;
}

int tls_client_testing_new(struct tls_context **out)
{
	int r = tls_client_new(true, out);
	if (r >= 0)
		SSL_CTX_set_verify((*out)->ssl, SSL_VERIFY_NONE, NULL);
	return r;
}

void tls_lend_roots(const struct tls_context *ctx, void *ssl_ctx)
{
	SSL_CTX_set1_cert_store(ssl_ctx, SSL_CTX_get_cert_store(ctx->ssl));
}

int tls_client_dane_new(struct tls_context **out)
{
	struct tls_context *ctx;
	int r = context_new(TLS_client_method(), CLIENT_CIPHERS, &ctx);
	if (r < 0)
		return r;
	ctx->verify = true;
	SSL_CTX_set_verify(ctx->ssl, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_dane_enable(ctx->ssl) <= 0) {
		tls_free(ctx);
		return tls_err(ERR_NO_MEMORY, "DANE");
	}
	SSL_CTX_dane_set_flags(ctx->ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS); /* RFC 7671 5.1 */
	*out = ctx;
	return 0;
}

void tls_rotate_tickets(struct tls_context *ctx, int64_t now_at)
{
	unsigned char keys[TICKET_KEYS_BYTES];
	long n = SSL_CTX_get_tlsext_ticket_keys(ctx->ssl, NULL, 0);
	if (now_at < ctx->tickets_until || n <= 0 || n > TICKET_KEYS_BYTES)
		return;
	os_random(keys, (size_t)n);
	SSL_CTX_set_tlsext_ticket_keys(ctx->ssl, keys, n);
	OPENSSL_cleanse(keys, sizeof keys);
	ctx->tickets_until = now_at + TICKETS_MS;
}
