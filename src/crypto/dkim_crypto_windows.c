/* crypto/dkim_crypto_windows.c - by the system's CNG; see dkim_crypto.h.
 *
 * It signs by RSA alone: CNG has no Ed25519.  Signatures are not checked here, and keys not made:
 * the library asks for neither.
 */
#include "crypto/dkim_crypto.h"

#include <windows.h>
#include <bcrypt.h>
#include <stdlib.h>
#include <wincrypt.h>

#include "base/os.h"
#include "crypto/rsa_private.h"

enum { SIGN_RSA_BITS_MIN = 2048, SIGNATURE_MAX = 2048, KEY_MAX = 16 << 10 };

struct hash {
	BCRYPT_ALG_HANDLE sha256;
	BCRYPT_HASH_HANDLE h;
};

/* ---- SHA-256 --------------------------------------------------------------------------- */

static int end(void *hash, uint8_t digest[DKIM_HASH_BYTES])
{
	struct hash *s = hash;
	bool good = !digest || BCryptFinishHash(s->h, digest, DKIM_HASH_BYTES, 0) >= 0;

	if (s->h)
		BCryptDestroyHash(s->h);
	if (s->sha256)
		BCryptCloseAlgorithmProvider(s->sha256, 0);
	free(s);
	return good ? 0 : err(ERR_BUG, "SHA-256 failed");
}

static void *begin(void)
{
	struct hash *s = calloc(1, sizeof *s);

	if (s && BCryptOpenAlgorithmProvider(&s->sha256, BCRYPT_SHA256_ALGORITHM, NULL, 0) >= 0 &&
	    BCryptCreateHash(s->sha256, &s->h, NULL, 0, NULL, 0, 0) >= 0)
		return s;
	if (s)
		(void)end(s, NULL);
	return NULL;
}

static void put(void *hash, struct span octets)
{
	if (octets.n)
		BCryptHashData(((struct hash *)hash)->h, (PUCHAR)octets.p, (ULONG)octets.n, 0);
}

static int check(bool ed25519, struct span key, const uint8_t digest[DKIM_HASH_BYTES],
                 struct span signature)
{
	(void)ed25519;
	(void)key;
	(void)digest;
	(void)signature;
	return err(ERR_UNAVAILABLE, "signatures are not checked on Windows");
}

const struct dkim_crypto dkim_crypto = { begin, put, end, check };

/* ---- keys ------------------------------------------------------------------------------ */

/* The header names it so; of Windows it has what CNG has. */
struct evp_pkey_st {
	BCRYPT_ALG_HANDLE rsa;
	BCRYPT_KEY_HANDLE key;
};

void dkim_private_free(struct evp_pkey_st **key)
{
	struct evp_pkey_st *k = TAKE(*key);

	if (!k)
		return;
	if (k->key)
		BCryptDestroyKey(k->key);
	if (k->rsa)
		BCryptCloseAlgorithmProvider(k->rsa, 0);
	free(k);
}

static void put_number(uint8_t **at, struct span number)
{
	memcpy(*at, number.p, number.n);
	*at += number.n;
}

static int import_rsa(const struct rsa_private *rsa, struct evp_pkey_st *key)
{
	BCRYPT_RSAKEY_BLOB head = { .Magic = BCRYPT_RSAPRIVATE_MAGIC,
		                    .BitLength = (ULONG)rsa->bits,
		                    .cbPublicExp = (ULONG)rsa->public_exponent.n,
		                    .cbModulus = (ULONG)rsa->modulus.n,
		                    .cbPrime1 = (ULONG)rsa->prime1.n,
		                    .cbPrime2 = (ULONG)rsa->prime2.n };
	uint8_t blob[KEY_MAX / 4], *at = blob + sizeof head;
	size_t n = sizeof head + rsa->public_exponent.n + rsa->modulus.n + rsa->prime1.n +
	           rsa->prime2.n;
	NTSTATUS status = -1;

	if (n > sizeof blob)
		return err(ERR_REFUSED, "the key is too big");
	memcpy(blob, &head, sizeof head);
	put_number(&at, rsa->public_exponent);
	put_number(&at, rsa->modulus);
	put_number(&at, rsa->prime1);
	put_number(&at, rsa->prime2);
	if (BCryptOpenAlgorithmProvider(&key->rsa, BCRYPT_RSA_ALGORITHM, NULL, 0) >= 0)
		status = BCryptImportKeyPair(key->rsa, NULL, BCRYPT_RSAPRIVATE_BLOB, &key->key,
		                             blob, (ULONG)n, 0);
	os_wipe(blob, sizeof blob);
	return status >= 0 ? 0
	                   : err(ERR_REFUSED, "Windows does not take this key: error %08lx",
	                         (unsigned long)status);
}

static int parse_der(struct span der, struct evp_pkey_st *key)
{
	struct rsa_private rsa;
	int r = rsa_private_parse(der, &rsa);

	if (r == ERR_UNAVAILABLE)
		return err(ERR_REFUSED, "keys that are not RSA, such as Ed25519, cannot sign on "
		                        "Windows");
	if (r < 0)
		return err(ERR_SYNTAX, "there is no private key in PEM form");
	if (rsa.bits < SIGN_RSA_BITS_MIN)
		return err(ERR_REFUSED, "the key is neither RSA of %d bits or more nor Ed25519",
		           SIGN_RSA_BITS_MIN);
	return import_rsa(&rsa, key);
}

int dkim_private_parse(struct span pem, struct evp_pkey_st **out, bool *ed25519)
{
	struct evp_pkey_st *key = calloc(1, sizeof *key);
	BYTE *der = malloc(KEY_MAX);
	DWORD n = KEY_MAX;
	int r = ERR_NO_MEMORY;

	if (key && der)
		r = CryptStringToBinaryA(pem.p, (DWORD)pem.n, CRYPT_STRING_BASE64HEADER, der, &n,
		                         NULL, NULL)
		            ? parse_der(span_make(der, n), key)
		            : err(ERR_SYNTAX, "there is no private key in PEM form");
	if (der)
		os_wipe(der, KEY_MAX);
	free(der);
	if (r < 0) {
		dkim_private_free(&key);
		return r;
	}
	*ed25519 = false;
	*out = key;
	return 0;
}

int dkim_private_sign(struct evp_pkey_st *key, const uint8_t digest[DKIM_HASH_BYTES],
                      struct buf *out)
{
	BCRYPT_PKCS1_PADDING_INFO padding = { BCRYPT_SHA256_ALGORITHM };
	ULONG n = 0;
	int r = buf_reserve(out, SIGNATURE_MAX);

	if (r < 0)
		return r;
	if (BCryptSignHash(key->key, &padding, (PUCHAR)digest, DKIM_HASH_BYTES,
	                   (PUCHAR)out->p + out->n, SIGNATURE_MAX, &n, BCRYPT_PAD_PKCS1) < 0)
		return err(ERR_BUG, "the signature could not be made");
	out->n += n;
	return 0;
}
