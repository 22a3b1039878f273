/* component/net/scram.c - see scram.h. */
#include "component/net/scram.h"

#include "base/os.h"
#include "crypto/hash.h"

static int get_random(uint8_t *out, size_t n)
{
	os_random(out, n);
	return 0;
}

const struct smtp_scram_crypto component_scram = {
	.random = get_random,
	.sha256 = crypto_sha256,
	.hmac_sha256 = crypto_hmac_sha256,
	.pbkdf2_sha256 = crypto_pbkdf2_sha256,
};
