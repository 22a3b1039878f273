/* wire/dkim/crypto.h - the cryptography that DKIM is given.
 *
 * Sources: RFC 6376 3.3, RFC 8301, RFC 8463 3 (Ed25519 signs the hash, not the text).
 * Pure: the functions come from above (crypto/dkim_crypto.h), or from a test.
 */
#ifndef WIRE_DKIM_CRYPTO_H
#define WIRE_DKIM_CRYPTO_H

#include "base/buf.h"

enum { DKIM_HASH_BYTES = 32, DKIM_RSA_BITS_MIN = 1024, DKIM_RSA_BITS_MAX = 4096 };

struct dkim_crypto {
	/* SHA-256 in pieces.  NULL without memory; end frees, digest may be NULL.  0 or ERR_BUG. */
	void *(*begin)(void);
	void (*put)(void *hash, struct span octets);
	int (*end)(void *hash, uint8_t digest[DKIM_HASH_BYTES]);
	/* key: SubjectPublicKeyInfo or RSAPublicKey (DER); of Ed25519 the 32 octets.  0: it is the
	 * key's signature of the hash.  ERR_AUTH: it is not.  ERR_SYNTAX: no key.  ERR_REFUSED,
	 * ERR_TOO_BIG: below, above the limits.  Else nothing is known. */
	int (*check)(bool ed25519, struct span key, const uint8_t digest[DKIM_HASH_BYTES],
	             struct span signature);
};

#endif
