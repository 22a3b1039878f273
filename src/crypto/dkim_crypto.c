/* crypto/dkim_crypto.c - see dkim_crypto.h. */
#include "crypto/dkim_crypto.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <pthread.h>

#include "base/base64.h"
#include "crypto/public_keys.h"

enum { ED25519_BYTES = 32, SIGN_RSA_BITS_MIN = 2048, SIGNATURE_MAX = 2048 };

/* Found once: OpenSSL 3 looks for what EVP_sha256() names each time that it is used. */
static pthread_once_t found = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

static void find_sha256(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static void *begin(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	pthread_once(&found, find_sha256);
	if (c && EVP_DigestInit_ex(c, sha256, NULL) == 1)
		return c;
	EVP_MD_CTX_free(c);
	return NULL;
}

static void put(void *hash, struct span octets)
{
	EVP_DigestUpdate(hash, octets.p, octets.n);
}

static int end(void *hash, uint8_t digest[DKIM_HASH_BYTES])
{
	bool good = !digest || EVP_DigestFinal_ex(hash, digest, NULL) == 1;

	EVP_MD_CTX_free(hash);
	return good ? 0 : err(ERR_BUG, "SHA-256 failed");
}

static int check_rsa(EVP_PKEY *key, const uint8_t *digest, struct span signature)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	int r = -1;

	if (c && EVP_PKEY_verify_init(c) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1)
		r = EVP_PKEY_verify(c, (const unsigned char *)signature.p, signature.n, digest,
		                    DKIM_HASH_BYTES) == 1;
	EVP_PKEY_CTX_free(c);
	return r < 0 ? ERR_NO_MEMORY : r ? 0 : ERR_AUTH;
}

static int check_ed25519(EVP_PKEY *key, const uint8_t *digest, struct span signature)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int r = -1;

	if (c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, key) == 1)
		r = EVP_DigestVerify(c, (const unsigned char *)signature.p, signature.n, digest,
		                     DKIM_HASH_BYTES) == 1;
	EVP_MD_CTX_free(c);
	return r < 0 ? ERR_NO_MEMORY : r ? 0 : ERR_AUTH;
}

static int check(bool ed25519, struct span octets, const uint8_t digest[DKIM_HASH_BYTES],
                 struct span signature)
{
	EVP_PKEY *key = public_key(ed25519, octets);
	int r;

	if (!key)
		r = ERR_SYNTAX;
	else if (ed25519)
		r = check_ed25519(key, digest, signature);
	else if (EVP_PKEY_get_bits(key) < DKIM_RSA_BITS_MIN)
		r = ERR_REFUSED;
	else if (EVP_PKEY_get_bits(key) > DKIM_RSA_BITS_MAX)
		r = ERR_TOO_BIG;
	else
		r = check_rsa(key, digest, signature);
	ERR_clear_error();
	return r;
}

const struct dkim_crypto dkim_crypto = { begin, put, end, check };

void dkim_private_free(struct evp_pkey_st **key)
{
	EVP_PKEY_free(TAKE(*key));
}

int dkim_private_parse(struct span pem, struct evp_pkey_st **out, bool *ed25519)
{
	BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *key = in ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;
	int kind = key ? EVP_PKEY_get_base_id(key) : 0;

	BIO_free(in);
	ERR_clear_error();
	if (kind == EVP_PKEY_ED25519 ||
	    (kind == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= SIGN_RSA_BITS_MIN)) {
		*ed25519 = kind == EVP_PKEY_ED25519;
		*out = key;
		return 0;
	}
	EVP_PKEY_free(key);
	return key ? err(ERR_REFUSED, "the key is neither RSA of %d bits or more nor Ed25519",
	                 SIGN_RSA_BITS_MIN)
	           : err(ERR_SYNTAX, "there is no private key in PEM form");
}

static int sign_rsa(EVP_PKEY *key, const uint8_t *digest, unsigned char *to, size_t *n)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	bool good = c && EVP_PKEY_sign_init(c) == 1 &&
	            EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
	            EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1 &&
	            EVP_PKEY_sign(c, to, n, digest, DKIM_HASH_BYTES) == 1;

	EVP_PKEY_CTX_free(c);
	return good ? 0 : ERR_BUG;
}

static int sign_ed25519(EVP_PKEY *key, const uint8_t *digest, unsigned char *to, size_t *n)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good = c && EVP_DigestSignInit(c, NULL, NULL, NULL, key) == 1 &&
	            EVP_DigestSign(c, to, n, digest, DKIM_HASH_BYTES) == 1;

	EVP_MD_CTX_free(c);
	return good ? 0 : ERR_BUG;
}

int dkim_private_sign(struct evp_pkey_st *key, const uint8_t digest[DKIM_HASH_BYTES],
                      struct buf *out)
{
	size_t n = SIGNATURE_MAX;
	int r = buf_reserve(out, n);

	if (r < 0)
		return r;
	unsigned char *to = (unsigned char *)out->p + out->n;
	r = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? sign_rsa(key, digest, to, &n)
	                                              : sign_ed25519(key, digest, to, &n);
	if (r < 0)
		return err(r, "the signature could not be made");
	out->n += n;
	return 0;
}

int dkim_private_make(bool ed25519, struct buf *pem)
{
	EVP_PKEY *key = ed25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
	                        : EVP_RSA_gen((unsigned)SIGN_RSA_BITS_MIN);
	BIO *text = key ? BIO_new(BIO_s_mem()) : NULL;
	char *p;
	long n = 0;

	if (text && PEM_write_bio_PKCS8PrivateKey(text, key, NULL, NULL, 0, NULL, NULL) == 1)
		n = BIO_get_mem_data(text, &p);
	int r = n > 0 ? buf_put(pem, span_make(p, (size_t)n)) : ERR_NO_MEMORY;
	BIO_free(text);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return r < 0 ? err(r, "a key could not be made") : 0;
}

void dkim_private_wipe(struct buf *pem)
{
	if (pem->n)
		OPENSSL_cleanse(pem->p, pem->n);
	buf_reset(pem);
}

int dkim_private_record(struct evp_pkey_st *key, struct buf *out)
{
	bool ed25519 = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
	unsigned char raw[ED25519_BYTES], *p = raw;
	size_t n = sizeof raw;
	int made = ed25519 ? EVP_PKEY_get_raw_public_key(key, raw, &n)
	                   : i2d_PUBKEY(key, (p = NULL, &p));

	if (made <= 0)
		return err(ERR_BUG, "a public key could not be printed");
	if (!ed25519)
		n = (size_t)made;
	buf_printf(out, "v=DKIM1; k=%s; p=", ed25519 ? "ed25519" : "rsa");
	int r = base64_encode(out, span_make(p, n));
	if (!ed25519)
		OPENSSL_free(p);
	return r;
}
