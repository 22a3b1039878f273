/* tests/unit/rt/tls_harness.h - certificates made on the spot. */
#ifndef TESTS_UNIT_RT_TLS_HARNESS_H
#define TESTS_UNIT_RT_TLS_HARNESS_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "rt/stream/tls.h"
#include "test.h"

struct certificate {
	struct span certificate, key; /* PEM; free with certificate_free */
};

static inline struct span bio_take(BIO *bio)
{
	char *p, *copy;
	long n = BIO_get_mem_data(bio, &p);
	copy = malloc((size_t)n);
	memcpy(copy, p, (size_t)n);
	BIO_free(bio);
	return span_make(copy, (size_t)n);
}

/* Self-signed for name; algorithm "EC" (P-256) or "RSA" (2048). */
static inline struct certificate certificate_new(const char *algorithm, const char *name)
{
	char alternative[300];
	bool ec = strcmp(algorithm, "EC") == 0;
	EVP_PKEY *key = ec ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
	X509 *x = X509_new();
	BIO *key_pem = BIO_new(BIO_s_mem()), *pem = BIO_new(BIO_s_mem());
	X509_EXTENSION *ext;
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
	                           (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	snprintf(alternative, sizeof alternative, "DNS:%s", name);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alternative);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	CHECK(X509_sign(x, key, EVP_sha256()) > 0);
	PEM_write_bio_X509(pem, x);
	PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL);
	X509_free(x);
	EVP_PKEY_free(key);
	return (struct certificate){ bio_take(pem), bio_take(key_pem) };
}

static inline void certificate_free(struct certificate *c)
{
	free((char *)c->certificate.p);
	free((char *)c->key.p);
}

static inline struct tls_context *server_context(const char *algorithm, const char *name)
{
	struct certificate c = certificate_new(algorithm, name);
	struct tls_context *ctx = NULL;
	CHECK_INT(tls_server_new(c.certificate, c.key, &ctx), 0);
	certificate_free(&c);
	return ctx;
}

#endif
