/* auth/srs_key.c - see srs_key.h. */
#include "auth/srs_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

static unsigned char key[32];

static int hmac(struct span with, struct span octets, unsigned char out[32])
{
	return HMAC(EVP_sha256(), with.p, (int)with.n, (const unsigned char *)octets.p, octets.n,
	            out, NULL)
	               ? 0
	               : err(ERR_BUG, "HMAC failed");
}

int srs_key_open(struct span secret)
{
	return hmac(secret, SPAN("return paths"), key);
}

void srs_key_close(void)
{
	OPENSSL_cleanse(key, sizeof key);
}

int srs_key_mac(struct span octets, unsigned char out[32], void *arg)
{
	(void)arg;
	return hmac(span_make(key, sizeof key), octets, out);
}
