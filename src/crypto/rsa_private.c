/* crypto/rsa_private.c - see rsa_private.h. */
#include "crypto/rsa_private.h"

enum { INTEGER = 0x02, OCTETS = 0x04, OBJECT = 0x06, SEQUENCE = 0x30, NUMBER_MAX = 2048 };

/* rsaEncryption (RFC 8017 A.1). */
#define RSA SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")

/* The next element, which must be of that tag. */
static int take(struct span *in, uint8_t tag, struct span *out)
{
	size_t n, at = 2;

	if (in->n < 2 || (uint8_t)in->p[0] != tag)
		return ERR_SYNTAX;
	n = (uint8_t)in->p[1];
	if (n & 0x80) {
		size_t octets = n & 0x7f;
		if (octets < 1 || octets > 3 || in->n < at + octets)
			return ERR_SYNTAX;
		for (n = 0; octets; octets--)
			n = n << 8 | (uint8_t)in->p[at++];
	}
	if (n > in->n - at)
		return ERR_SYNTAX;
	*out = span_sub(*in, at, n);
	*in = span_sub(*in, at + n, SIZE_MAX);
	return 0;
}

static int take_number(struct span *in, struct span *out)
{
	struct span n;

	if (take(in, INTEGER, &n) < 0 || !n.n || n.n > NUMBER_MAX || (n.p[0] & 0x80))
		return ERR_SYNTAX;
	while (n.n && !n.p[0])
		n = span_sub(n, 1, SIZE_MAX);
	*out = n;
	return 0;
}

static unsigned bits_of(struct span number)
{
	unsigned bits = (unsigned)number.n * 8;

	for (unsigned top = number.n ? (uint8_t)number.p[0] : 0x80; !(top & 0x80); top <<= 1)
		bits--;
	return bits;
}

/* Behind the version. */
static int parse_key(struct span in, struct rsa_private *out)
{
	struct rsa_private key = { 0 };
	struct span exponent;

	if (take_number(&in, &key.modulus) < 0 || take_number(&in, &key.public_exponent) < 0 ||
	    take_number(&in, &exponent) < 0 || take_number(&in, &key.prime1) < 0 ||
	    take_number(&in, &key.prime2) < 0 || !key.modulus.n || !key.public_exponent.n ||
	    !key.prime1.n || !key.prime2.n)
		return ERR_SYNTAX;
	key.bits = bits_of(key.modulus);
	*out = key;
	return 0;
}

int rsa_private_parse(struct span der, struct rsa_private *out)
{
	struct span in, version, algorithm, name, key;

	if (take(&der, SEQUENCE, &in) < 0 || take_number(&in, &version) < 0)
		return ERR_SYNTAX;
	if (in.n && (uint8_t)in.p[0] == INTEGER)
		return parse_key(in, out);
	if (in.n && (uint8_t)in.p[0] == OCTETS)
		return ERR_UNAVAILABLE; /* ECPrivateKey (RFC 5915) */
	if (take(&in, SEQUENCE, &algorithm) < 0 || take(&algorithm, OBJECT, &name) < 0)
		return ERR_SYNTAX;
	if (!span_eq(name, RSA))
		return ERR_UNAVAILABLE;
	if (take(&in, OCTETS, &key) < 0 || take(&key, SEQUENCE, &in) < 0 ||
	    take_number(&in, &version) < 0)
		return ERR_SYNTAX;
	return parse_key(in, out);
}
