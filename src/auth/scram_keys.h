/* auth/scram_keys.h - what an account keeps for SCRAM-SHA-256 (RFC 5802 3, RFC 7677).  Floor 3.
 *
 * As text, the form that PostgreSQL has too, binary parts in base64:
 *	SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY
 * Who reads it cannot log in with it, but can try passwords against it, and can pass for the
 * server.  The password's octets are taken as they are: SASLprep (RFC 4013) changes nothing in
 * printable ASCII, nor in letters of other alphabets that are composed (NFKC).
 */
#ifndef AUTH_SCRAM_KEYS_H
#define AUTH_SCRAM_KEYS_H

#include "base/buf.h"

enum {
	SCRAM_HASH_BYTES = 32,
	SCRAM_SALT_BYTES = 16,       /* of ours */
	SCRAM_SALT_MAX = 64,         /* octets */
	SCRAM_ITERATIONS = 65536,    /* of ours: docs/adr/0026-logins-by-scram.md */
	SCRAM_ITERATIONS_MIN = 4096, /* RFC 7677 4 */
	SCRAM_ITERATIONS_MAX = 10 * 1000 * 1000,
	SCRAM_TEXT_MAX = 256, /* octets of the text */
};

struct scram_keys {
	uint32_t iterations;
	uint8_t salt[SCRAM_SALT_MAX];
	uint8_t n_salt;
	uint8_t stored[SCRAM_HASH_BYTES], server[SCRAM_HASH_BYTES];
};

/* ERR_SYNTAX; also past the limits above. */
NODISCARD int scram_keys_parse(struct span text, struct scram_keys *out);
/* "ITERATIONS:SALT" alone; the keys are left.  ERR_SYNTAX. */
NODISCARD int scram_keys_salt_parse(struct span text, struct scram_keys *out);
int scram_keys_print(const struct scram_keys *k, struct buf *out);

/* Of a password; k has salt and iterations, the rest is written.  Blocks for tens of ms. */
NODISCARD int scram_keys_derive(struct scram_keys *k, struct span password);
/* Of an account that has none: the same for a name as long as the secret is, and no proof is right
 * for them. */
NODISCARD int scram_keys_decoy(struct span secret, struct span name, struct scram_keys *out);

/* Whether the proof (SCRAM_HASH_BYTES) is of the password, over that AuthMessage: writes
 * ServerSignature, or ERR_AUTH. */
NODISCARD int scram_keys_check(const struct scram_keys *k, struct span message, struct span proof,
                               uint8_t signature[SCRAM_HASH_BYTES]);

#endif
