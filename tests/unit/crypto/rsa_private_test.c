/* crypto/rsa_private: the numbers of a private key are those that OpenSSL put there.  RFC 8017
 * A.1.2. */
#include "crypto/rsa_private.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "test.h"

static void check_number(EVP_PKEY *key, const char *name, struct span got)
{
	BIGNUM *n = NULL, *read = BN_bin2bn((const unsigned char *)got.p, (int)got.n, NULL);

	CHECK_INT(EVP_PKEY_get_bn_param(key, name, &n), 1);
	CHECK_INT(BN_cmp(n, read), 0);
	CHECK(got.n && got.p[0]);
	BN_free(n);
	BN_free(read);
}

static void check_key(EVP_PKEY *key, struct span der)
{
	struct rsa_private got;

	CHECK_INT(rsa_private_parse(exact(der), &got), 0);
	CHECK_INT(got.bits, 2048);
	check_number(key, OSSL_PKEY_PARAM_RSA_N, got.modulus);
	check_number(key, OSSL_PKEY_PARAM_RSA_E, got.public_exponent);
	check_number(key, OSSL_PKEY_PARAM_RSA_FACTOR1, got.prime1);
	check_number(key, OSSL_PKEY_PARAM_RSA_FACTOR2, got.prime2);
}

/* As RFC 5958 has it, and as RFC 8017 has it, which is within. */
static struct span both_forms(EVP_PKEY *key, unsigned char **pkcs8, unsigned char **inner,
                              size_t *n_inner)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	int n = i2d_PKCS8_PRIV_KEY_INFO(info, pkcs8), m = i2d_PrivateKey(key, inner);

	PKCS8_PRIV_KEY_INFO_free(info);
	CHECK(n > 0 && m > 0);
	*n_inner = (size_t)m;
	return span_make(*pkcs8, (size_t)n);
}

TEST(both_forms_of_a_key)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	unsigned char *pkcs8 = NULL, *inner = NULL;
	size_t n_inner;
	struct span whole = both_forms(key, &pkcs8, &inner, &n_inner);
	struct rsa_private got;

	check_key(key, whole);
	check_key(key, span_make(inner, n_inner));
	for (size_t n = 0; n < whole.n; n++)
		CHECK_INT(rsa_private_parse(exact(span_sub(whole, 0, n)), &got), ERR_SYNTAX);
	OPENSSL_free(pkcs8);
	OPENSSL_free(inner);
	EVP_PKEY_free(key);
}

TEST(another_kind_is_told)
{
	EVP_PKEY *keys[] = { EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"),
		             EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256") };

	for (size_t i = 0; i < N_ELEMS(keys); i++) {
		unsigned char *pkcs8 = NULL, *inner = NULL;
		size_t n_inner;
		struct rsa_private got;
		struct span whole = both_forms(keys[i], &pkcs8, &inner, &n_inner);

		CHECK_INT(rsa_private_parse(exact(whole), &got), ERR_UNAVAILABLE);
		CHECK_INT(rsa_private_parse(exact(span_make(inner, n_inner)), &got),
		          ERR_UNAVAILABLE);
		OPENSSL_free(pkcs8);
		OPENSSL_free(inner);
		EVP_PKEY_free(keys[i]);
	}
}
