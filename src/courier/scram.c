/* courier/scram.c - see scram.h. */
#include "courier/scram.h"

#include "base/os.h"
#include "crypto/hash.h"
#include "rt/fibre.h"

static int get_random(uint8_t *out, size_t n)
{
	os_random(out, n);
	return 0;
}

struct derivation {
	struct span password, salt;
	uint32_t iterations;
	uint8_t *out;
};

static int derive(void *arg)
{
	const struct derivation *d = arg;

	return crypto_pbkdf2_sha256(d->password, d->salt, d->iterations, d->out);
}

static WAITS int pbkdf2_sha256(struct span password, struct span salt, uint32_t iterations,
                               uint8_t out[SMTP_SCRAM_HASH])
{
	struct derivation d = { password, salt, iterations, out };

	return offload(derive, &d, "password hash"); /* WAITS */
}

const struct smtp_scram_crypto scram_crypto = {
	.random = get_random,
	.sha256 = crypto_sha256,
	.hmac_sha256 = crypto_hmac_sha256,
	.pbkdf2_sha256 = pbkdf2_sha256,
};
