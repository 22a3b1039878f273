/* crypto/hash.h - SHA-256, HMAC and PBKDF2 with it, from OpenSSL.  RFC 6234, RFC 2104, RFC
 * 8018 5.2.  Floor 1. */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include "base/err.h"
#include "base/span.h"

enum { CRYPTO_SHA256 = 32 };

/* Each returns 0, or ERR_BUG: OpenSSL failed. */
NODISCARD int crypto_sha256(struct span in, uint8_t out[CRYPTO_SHA256]);
NODISCARD int crypto_hmac_sha256(struct span key, struct span in, uint8_t out[CRYPTO_SHA256]);
/* One block of PBKDF2; it takes long. */
NODISCARD int crypto_pbkdf2_sha256(struct span password, struct span salt, uint32_t iterations,
                                   uint8_t out[CRYPTO_SHA256]);

#endif
