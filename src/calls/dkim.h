/* calls/dkim.h - signatures of domains (RFC 6376).  Asked of the auth role, which alone signs.
 *
 * Who has the message makes the field and the hash; a key sees nothing of the message but that.
 */
#ifndef DKIM_CALLS_H
#define DKIM_CALLS_H

#include "calls/call.h"

/* Which keys sign what an author at `author` wrote, a name in lower-case A-labels: those of that
 * domain, or of the nearest one above it that has any.  domain is empty when there is none. */
#define DKIM_KEYS_ARGS(F, L)       F(span, author)
#define DKIM_KEY_NAME_FIELDS(F, L) F(span, selector) F(bool, ed25519)
#define DKIM_KEYS_REPLY(F, L)      F(span, domain) L(dkim_key_name, keys)
PACK_DECLARE(dkim_key_name, DKIM_KEY_NAME_FIELDS)
PACK_DECLARE(dkim_keys_args, DKIM_KEYS_ARGS)
PACK_DECLARE(dkim_keys_reply, DKIM_KEYS_REPLY)
CALL_DECLARE(dkim_keys, dkim_keys_args, dkim_keys_reply);

/* Signs a hash each with a key of the domain: as many signatures, in their order.  ERR_UNAVAILABLE:
 * a key is not there any more. */
#define DKIM_HASH_FIELDS(F, L)       F(span, selector) F(span, digest)
#define DKIM_SIGNED_FIELDS(F, L)     F(span, octets)
#define DKIM_SIGN_HASHES_ARGS(F, L)  F(span, domain) L(dkim_hash, hashes)
#define DKIM_SIGN_HASHES_REPLY(F, L) L(dkim_signed, signatures)
PACK_DECLARE(dkim_hash, DKIM_HASH_FIELDS)
PACK_DECLARE(dkim_signed, DKIM_SIGNED_FIELDS)
PACK_DECLARE(dkim_sign_hashes_args, DKIM_SIGN_HASHES_ARGS)
PACK_DECLARE(dkim_sign_hashes_reply, DKIM_SIGN_HASHES_REPLY)
CALL_DECLARE(dkim_sign_hashes, dkim_sign_hashes_args, dkim_sign_hashes_reply);

#endif
