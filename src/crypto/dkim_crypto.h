/* crypto/dkim_crypto.h - DKIM's cryptography, by OpenSSL 3.
 *
 * Sources: RFC 6376 3.3, RFC 8301 3.2, RFC 8463 3, 4.2.
 */
#ifndef CRYPTO_DKIM_CRYPTO_H
#define CRYPTO_DKIM_CRYPTO_H

#include "wire/dkim/crypto.h"

extern const struct dkim_crypto dkim_crypto;

struct evp_pkey_st;

/* A private key from PEM, RSA of 2048 bits or more or Ed25519; to be let go.  ERR_SYNTAX,
 * ERR_REFUSED, with words. */
NODISCARD int dkim_private_parse(struct span pem, struct evp_pkey_st **out, bool *ed25519);
void dkim_private_free(struct evp_pkey_st **key);
/* Appends its signature of the hash. */
NODISCARD int dkim_private_sign(struct evp_pkey_st *key, const uint8_t digest[DKIM_HASH_BYTES],
                                struct buf *out);
/* A fresh one, RSA of 2048 bits or Ed25519, as PEM (PKCS #8).  Blocks for some 100 ms. */
NODISCARD int dkim_private_make(bool ed25519, struct buf *pem);
/* Of what a key was in. */
void dkim_private_wipe(struct buf *pem);
/* The record that its owner publishes: "v=DKIM1; k=rsa; p=..." (RFC 6376 3.6.1, RFC 8463 4.2). */
NODISCARD int dkim_private_record(struct evp_pkey_st *key, struct buf *out);

#endif
