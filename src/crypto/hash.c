/* crypto/hash.c - see hash.h. */
#include "crypto/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static int failed(void)
{
	return err(ERR_BUG, "a login's cryptography failed");
}

int crypto_sha256(struct span in, uint8_t out[CRYPTO_SHA256])
{
	return EVP_Digest(in.p, in.n, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : failed();
}

int crypto_hmac_sha256(struct span key, struct span in, uint8_t out[CRYPTO_SHA256])
{
	const unsigned char *octets = (const unsigned char *)in.p;

	return HMAC(EVP_sha256(), key.p, (int)key.n, octets, in.n, out, NULL) ? 0 : failed();
}

int crypto_pbkdf2_sha256(struct span password, struct span salt, uint32_t iterations,
                         uint8_t out[CRYPTO_SHA256])
{
	const unsigned char *octets = (const unsigned char *)salt.p;

	return PKCS5_PBKDF2_HMAC(password.p, (int)password.n, octets, (int)salt.n, (int)iterations,
	                         EVP_sha256(), CRYPTO_SHA256, out) == 1
	               ? 0
	               : failed();
}
