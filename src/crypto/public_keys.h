/* crypto/public_keys.h - public keys that signatures are checked with, read once.
 *
 * OpenSSL 3 takes longer to read a key than to check a signature with it, and few domains sign most
 * of the mail.  One thread's.
 */
#ifndef CRYPTO_PUBLIC_KEYS_H
#define CRYPTO_PUBLIC_KEYS_H

#include "base/span.h"

struct evp_pkey_st;

enum { PUBLIC_KEYS_KEPT = 64, PUBLIC_KEY_KEPT_BYTES = 1024 };

/* RSA: SubjectPublicKeyInfo, or RSAPublicKey as the text of RFC 6376 3.6.1 has it; Ed25519: RFC
 * 8463 4.2.  Valid until the next call; NULL: it is no such key. */
struct evp_pkey_st *public_key(bool ed25519, struct span octets);

#endif
