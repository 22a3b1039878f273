/* wire/smtp/client/scram.h - the client's side of SCRAM-SHA-256.
 *
 * Sources: RFC 5802 3, 5, 7 (messages), RFC 7677 3-4 (SHA-256, iterations).  Without channel
 *          binding.  Cryptography is passed in; messages here are plain, the caller puts them in
 *          base64.  Pure otherwise.  Floor 1 (wire).
 */
#ifndef WIRE_SMTP_CLIENT_SCRAM_H
#define WIRE_SMTP_CLIENT_SCRAM_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
	SMTP_SCRAM_HASH = 32,
	SMTP_SCRAM_MESSAGE_MAX = 3 << 10, /* octets of one message             */
	SMTP_SCRAM_SALT_MAX = 256,
	SMTP_SCRAM_USER_MAX = 100,        /* so that the first message fits a command line */
	SMTP_SCRAM_ITERATIONS_MIN = 4096, /* RFC 7677 4: fewer give the password away */
	SMTP_SCRAM_ITERATIONS_MAX = 1000 * 1000,
};

/* Each returns 0 or an error. */
struct smtp_scram_crypto {
	int (*random)(uint8_t *out, size_t n);
	int (*sha256)(struct span in, uint8_t out[SMTP_SCRAM_HASH]);
	int (*hmac_sha256)(struct span key, struct span in, uint8_t out[SMTP_SCRAM_HASH]);
	/* RFC 8018 5.2, one block (RFC 5802's Hi).  It may take long, and may wait. */
	int (*pbkdf2_sha256)(struct span password, struct span salt, uint32_t iterations,
	                     uint8_t out[SMTP_SCRAM_HASH]);
};

struct smtp_scram {
	const struct smtp_scram_crypto *crypto;
	struct buf auth_message;  /* RFC 5802 3: AuthMessage, as far as it is known */
	size_t nonce_at, nonce_n; /* of ours in it */
	uint8_t server_signature[SMTP_SCRAM_HASH];
};

/* SASLprep (RFC 4013) leaves printable US-ASCII as it is; other logins are not sent by SCRAM, nor
 * those whose name is too long. */
bool smtp_scram_can(struct span user, struct span password);

/* Begins, and appends the first message.  What crypto returns, or the buf's error. */
NODISCARD int smtp_scram_first(struct smtp_scram *s, const struct smtp_scram_crypto *crypto,
                               struct span user, struct buf *out);
/* Appends the answer to the server's first message.  ERR_SYNTAX: it breaks RFC 5802, or asks for
 * what is beyond the limits; what crypto returns. */
NODISCARD int smtp_scram_final(struct smtp_scram *s, struct span password, struct span challenge,
                               struct buf *out);
/* The server's last message proves that it knows the password.  ERR_AUTH: it does not. */
NODISCARD int smtp_scram_check(const struct smtp_scram *s, struct span last);
/* Wipes and frees; a zeroed struct is nothing. */
void smtp_scram_fini(struct smtp_scram *s);

#endif
