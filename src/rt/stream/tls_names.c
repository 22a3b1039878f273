/* rt/stream/tls_names.c - which of a server's certificates a client is shown: by the name that it
 * asks for.
 *
 * RFC 6066 3 (SNI).  Without a name, and for one that no certificate bears, it is the context's
 * own: programs that send mail rarely ask for a name.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "rt/stream/tls_impl.h"

static bool bears(const X509 *x, const char *name)
{
	return X509_check_host((X509 *)(uintptr_t)x, name, 0, 0, NULL) == 1;
}

/* The context's own goes first: with a key of another kind it would be a choice of the client's. */
int tls_identity_show(SSL *ssl, const struct tls_identity *i)
{
	SSL_certs_clear(ssl);
	return SSL_use_cert_and_key(ssl, i->certificate, i->key, i->chain, 1);
}

/* Perhaps on a pool thread: nothing changes a context that is in use. */
static int choose(SSL *ssl, void *arg)
{
	const struct tls_context *ctx = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	if (tls_challenge_is_asked(ssl))
		return tls_challenge_show(ssl);
	if (!name || bears(SSL_CTX_get0_certificate(ctx->ssl), name))
		return 1;
	for (const struct tls_identity *i = ctx->more; i < ctx->more + ctx->n_more; i++)
		if (bears(i->certificate, name))
			return tls_identity_show(ssl, i);
	return 1;
}

void tls_names_choose(struct tls_context *ctx)
{
	SSL_CTX_set_cert_cb(ctx->ssl, choose, ctx);
}

void tls_identity_free(struct tls_identity *i)
{
	X509_free(i->certificate);
	sk_X509_pop_free(i->chain, X509_free);
	EVP_PKEY_free(i->key);
}

void tls_identities_free(struct tls_context *ctx)
{
	for (size_t i = 0; i < ctx->n_more; i++)
		tls_identity_free(&ctx->more[i]);
	free(ctx->more);
}

static int read_certificates(BIO *pem, struct tls_identity *out)
{
	X509 *x = PEM_read_bio_X509(pem, NULL, tls_no_phrase, NULL);

	if (!(out->certificate = x))
		return tls_err(ERR_CONFIG, "certificate");
	out->chain = sk_X509_new_null();
	while (out->chain && (x = PEM_read_bio_X509(pem, NULL, tls_no_phrase, NULL)))
		if (!sk_X509_push(out->chain, x)) {
			X509_free(x);
			return tls_err(ERR_NO_MEMORY, "certificate");
		}
	ERR_clear_error(); /* the end of the file */
	return out->chain ? 0 : tls_err(ERR_NO_MEMORY, "certificate");
}

static int read_identity(struct span pem, struct tls_identity *out)
{
	BIO *certificates = BIO_new_mem_buf(pem.p, (int)pem.n);
	BIO *key = BIO_new_mem_buf(pem.p, (int)pem.n);
	int r = certificates && key ? read_certificates(certificates, out)
	                            : tls_err(ERR_NO_MEMORY, "certificate");

	if (r >= 0 && (!(out->key = PEM_read_bio_PrivateKey(key, NULL, tls_no_phrase, NULL)) ||
	               X509_check_private_key(out->certificate, out->key) != 1))
		r = tls_err(ERR_CONFIG, "private key");
	BIO_free(key);
	BIO_free(certificates);
	return r;
}

int tls_server_add(struct tls_context *ctx, struct span pem)
{
	struct tls_identity i = { 0 }, *more;
	int r = ctx->n_more < TLS_MORE_MAX
	                ? read_identity(pem, &i)
	                : err(ERR_LIMIT, "more than %d certificates", TLS_MORE_MAX);

	more = r < 0 ? NULL : realloc(ctx->more, (ctx->n_more + 1) * sizeof *more);
	if (!more) {
		tls_identity_free(&i);
		return r < 0 ? r : err(ERR_NO_MEMORY, "memory of a certificate");
	}
	more[ctx->n_more++] = i;
	ctx->more = more;
	ctx->slow = ctx->slow || tls_key_is_slow(i.key);
	tls_names_choose(ctx);
	return 0;
}
