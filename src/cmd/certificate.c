/* cmd/certificate.c - OpenSSL makes it. */
#include "cmd/certificate.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "cmd/cli.h"

enum { DAYS = 3650, DAY_SECONDS = 86400 };

static bool add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool ok = e && X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	return ok;
}

static bool fill(X509 *x, EVP_PKEY *key, const char *host)
{
	char name[512];
	X509_NAME *subject = X509_get_subject_name(x);
	BIGNUM *serial = BN_new();
	/* A common name has at most 64 octets; the alternative name is what counts. */
	bool ok = serial && BN_rand(serial, 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
	          BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x)) && X509_set_version(x, 2) &&
	          X509_gmtime_adj(X509_getm_notBefore(x), -DAY_SECONDS) &&
	          X509_gmtime_adj(X509_getm_notAfter(x), (long)DAYS * DAY_SECONDS) &&
	          X509_set_pubkey(x, key) &&
	          X509_NAME_add_entry_by_txt(
	                  subject, "CN", MBSTRING_ASC,
	                  (const unsigned char *)(strlen(host) <= 64 ? host : "postrider"), -1, -1,
	                  0) &&
	          X509_set_issuer_name(x, subject);
	BN_free(serial);
	snprintf(name, sizeof name, "DNS:%s", host);
	return ok && add_extension(x, NID_subject_alt_name, name) &&
	       add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
	       X509_sign(x, key, EVP_sha256());
}

static int take_bio(BIO *bio, struct buf *out)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);
	return buf_put(out, span_make(p, (size_t)n));
}

static bool put_tlsa(EVP_PKEY *key, struct buf *out)
{
	unsigned char *der = NULL, digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	int len = i2d_PUBKEY(key, &der);
	bool ok = len > 0 && EVP_Digest(der, (size_t)len, digest, &n, EVP_sha256(), NULL);

	for (unsigned i = 0; ok && i < n; i++)
		buf_printf(out, "%02x", digest[i]);
	OPENSSL_free(der);
	return ok;
}

int certificate_make(const char *host, struct buf *certificate, struct buf *key, struct buf *tlsa)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	BIO *a = BIO_new(BIO_s_mem()), *b = BIO_new(BIO_s_mem());
	bool ok = pkey && x && a && b && fill(x, pkey, host) && PEM_write_bio_X509(a, x) &&
	          PEM_write_bio_PrivateKey(b, pkey, NULL, NULL, 0, NULL, NULL) &&
	          put_tlsa(pkey, tlsa);
	int r = ok ? take_bio(a, certificate) : ERR_TLS;

	if (r >= 0)
		r = take_bio(b, key);
	BIO_free(a);
	BIO_free(b);
	X509_free(x);
	EVP_PKEY_free(pkey);
	if (r < 0)
		cli_fail("OpenSSL could not make a certificate for %s", host);
	return r;
}
