/* courier/scram.c - see scram.h. */
#include "courier/scram.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/os.h"
#include "rt/fibre.h"

static int failed(void)
{
	return err(ERR_BUG, "a login's cryptography failed");
}

static int get_random(uint8_t *out, size_t n)
{
	os_random(out, n);
	return 0;
}

static int sha256(struct span in, uint8_t out[SMTP_SCRAM_HASH])
{
	return EVP_Digest(in.p, in.n, out, NULL, EVP_sha256(), NULL) == 1 ? 0 : failed();
}

static int hmac_sha256(struct span key, struct span in, uint8_t out[SMTP_SCRAM_HASH])
{
	const unsigned char *octets = (const unsigned char *)in.p;

	return HMAC(EVP_sha256(), key.p, (int)key.n, octets, in.n, out, NULL) ? 0 : failed();
}

struct derivation {
	struct span password, salt;
	uint32_t iterations;
	uint8_t *out;
};

static int derive(void *arg)
{
	const struct derivation *d = arg;
	const unsigned char *salt = (const unsigned char *)d->salt.p;

	return PKCS5_PBKDF2_HMAC(d->password.p, (int)d->password.n, salt, (int)d->salt.n,
	                         (int)d->iterations, EVP_sha256(), SMTP_SCRAM_HASH, d->out) == 1
	               ? 0
	               : failed();
}

static WAITS int pbkdf2_sha256(struct span password, struct span salt, uint32_t iterations,
                               uint8_t out[SMTP_SCRAM_HASH])
{
	struct derivation d = { password, salt, iterations, out };

	return offload(derive, &d, "password hash"); /* WAITS */
}

const struct smtp_scram_crypto scram_crypto = {
	.random = get_random,
	.sha256 = sha256,
	.hmac_sha256 = hmac_sha256,
	.pbkdf2_sha256 = pbkdf2_sha256,
};
