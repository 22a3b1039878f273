/* A private key's numbers are within the text, and have no leading zeros. */
#include "fuzz.h"

#include "crypto/rsa_private.h"

static void check(struct span number, struct span text)
{
	MUST(number.n && number.p[0]);
	MUST(number.p >= text.p && number.p + number.n <= text.p + text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make(data, size);
	struct rsa_private got;

	if (rsa_private_parse(text, &got) < 0)
		return 0;
	check(got.modulus, text);
	check(got.public_exponent, text);
	check(got.prime1, text);
	check(got.prime2, text);
	MUST(got.bits <= got.modulus.n * 8 && got.bits > (got.modulus.n - 1) * 8);
	return 0;
}
