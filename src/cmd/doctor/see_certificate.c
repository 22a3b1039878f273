/* cmd/doctor/see_certificate.c - tls.certificate and tls.key, by OpenSSL. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#include "base/span.h"
#include "cmd/doctor/see.h"

static int64_t seconds(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) ? timegm(&tm) : 0;
}

static void *fail(struct doctor_certificate *out, const char *what, const char *path)
{
	unsigned long why = ERR_get_error();
	const char *words = why ? ERR_reason_error_string(why) : NULL;

	snprintf(out->failed, sizeof out->failed, "%s %s%s%s", what, path, words ? ": " : "",
	         words ? words : "");
	ERR_clear_error();
	return NULL;
}

/* The first is the server's, the others lead to its authority. */
static X509 *read_chain(const char *path, STACK_OF(X509) * chain, struct doctor_certificate *out)
{
	BIO *file = BIO_new_file(path, "r");
	X509 *x, *first = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;

	while (first && (x = PEM_read_bio_X509(file, NULL, NULL, NULL)))
		sk_X509_push(chain, x);
	if (!first)
		fail(out, file ? "there is no certificate in" : "nothing can be read from", path);
	ERR_clear_error();
	BIO_free(file);
	return first;
}

static bool key_fits(const char *path, X509 *x, struct doctor_certificate *out)
{
	BIO *file = BIO_new_file(path, "r");
	EVP_PKEY *key = file ? PEM_read_bio_PrivateKey(file, NULL, NULL, NULL) : NULL;
	bool fits = key && X509_check_private_key(x, key) == 1;

	if (!key)
		fail(out, file ? "there is no key in" : "nothing can be read from", path);
	ERR_clear_error();
	EVP_PKEY_free(key);
	BIO_free(file);
	return fits;
}

/* Its time is judged by itself. */
static void follow_chain(X509 *x, STACK_OF(X509) * chain, struct doctor_certificate *out)
{
	X509_STORE *roots = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	const char *why = "no memory";

	if (roots && ctx && X509_STORE_set_default_paths(roots) &&
	    X509_STORE_CTX_init(ctx, roots, x, chain)) {
		X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
		X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_NO_CHECK_TIME);
		why = X509_verify_cert(ctx) == 1
		              ? ""
		              : X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
	}
	snprintf(out->chain_failed, sizeof out->chain_failed, "%s", why);
	ERR_clear_error();
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(roots);
}

static void digest(X509 *x, struct doctor_certificate *out)
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);

	X509_digest(x, EVP_sha256(), out->whole, NULL);
	if (n > 0)
		EVP_Digest(der, (size_t)n, out->public_key, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
}

void see_certificate(const struct settings *set, struct doctor_certificate *out)
{
	STACK_OF(X509) *chain = sk_X509_new_null();

	*out = (struct doctor_certificate){ 0 };
	X509 *x = chain ? read_chain(set->tls_certificate, chain, out) : NULL;
	if (x) {
		out->key_fits = key_fits(set->tls_key, x, out);
		out->names_host = X509_check_host(x, set->server_hostname, 0, 0, NULL) == 1;
		out->self_signed =
		        X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
		out->from_s = seconds(X509_get0_notBefore(x));
		out->until_s = seconds(X509_get0_notAfter(x));
		follow_chain(x, chain, out);
		digest(x, out);
	}
	sk_X509_pop_free(chain, X509_free);
	X509_free(x);
}
