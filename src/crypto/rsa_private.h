/* crypto/rsa_private.h - the numbers of a private RSA key.
 *
 * RFC 8017 A.1.2 (RSAPrivateKey), RFC 5958 2 (PKCS #8), X.690 8 (DER).  Pure: a system that signs
 * but does not read such files is given these.
 */
#ifndef CRYPTO_RSA_PRIVATE_H
#define CRYPTO_RSA_PRIVATE_H

#include "base/err.h"
#include "base/span.h"

/* Unsigned, the most significant octet first, without leading zeros; of the text that was read. */
struct rsa_private {
	struct span modulus, public_exponent, prime1, prime2;
	unsigned bits;
};

/* der: PKCS #8 or RSAPrivateKey.  ERR_SYNTAX; ERR_UNAVAILABLE: a key of another kind. */
NODISCARD int rsa_private_parse(struct span der, struct rsa_private *out);

#endif
