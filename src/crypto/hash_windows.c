/* crypto/hash_windows.c - by the system's CNG; see hash.h. */
#include "crypto/hash.h"

#include <windows.h>
#include <bcrypt.h>

static int failed(void)
{
	return err(ERR_BUG, "a login's cryptography failed");
}

static int open_sha256(ULONG flags, BCRYPT_ALG_HANDLE *out)
{
	return BCryptOpenAlgorithmProvider(out, BCRYPT_SHA256_ALGORITHM, NULL, flags) >= 0
	               ? 0
	               : failed();
}

/* Of an empty span p may be NULL, which CNG does not take. */
static PUCHAR octets_of(struct span s)
{
	return (PUCHAR)(s.n ? s.p : "");
}

/* With a key: HMAC. */
static int hash(const struct span *key, struct span in, uint8_t out[CRYPTO_SHA256])
{
	BCRYPT_ALG_HANDLE sha256;
	BCRYPT_HASH_HANDLE h = NULL;
	int r = open_sha256(key ? BCRYPT_ALG_HANDLE_HMAC_FLAG : 0, &sha256);

	if (r < 0)
		return r;
	if (BCryptCreateHash(sha256, &h, NULL, 0, key ? octets_of(*key) : NULL,
	                     key ? (ULONG)key->n : 0, 0) < 0 ||
	    BCryptHashData(h, octets_of(in), (ULONG)in.n, 0) < 0 ||
	    BCryptFinishHash(h, out, CRYPTO_SHA256, 0) < 0)
		r = failed();
	if (h)
		BCryptDestroyHash(h);
	BCryptCloseAlgorithmProvider(sha256, 0);
	return r;
}

int crypto_sha256(struct span in, uint8_t out[CRYPTO_SHA256])
{
	return hash(NULL, in, out);
}

int crypto_hmac_sha256(struct span key, struct span in, uint8_t out[CRYPTO_SHA256])
{
	return hash(&key, in, out);
}

int crypto_pbkdf2_sha256(struct span password, struct span salt, uint32_t iterations,
                         uint8_t out[CRYPTO_SHA256])
{
	BCRYPT_ALG_HANDLE sha256;
	int r = open_sha256(BCRYPT_ALG_HANDLE_HMAC_FLAG, &sha256);

	if (r < 0)
		return r;
	if (BCryptDeriveKeyPBKDF2(sha256, octets_of(password), (ULONG)password.n, octets_of(salt),
	                          (ULONG)salt.n, iterations, out, CRYPTO_SHA256, 0) < 0)
		r = failed();
	BCryptCloseAlgorithmProvider(sha256, 0);
	return r;
}
