/* wire/imap/args/login.h - LOGIN, AUTHENTICATE, ID, ENABLE, COMPRESS.
 *
 * Sources: RFC 3501 6.2.2, 6.2.3; RFC 4959 (SASL-IR); RFC 2971; RFC 5161; RFC 4978.  Pure; errors
 * as cursor.h has them.  The cursor is imap_command_parse's, and is taken to the end of the
 * command.
 */
#ifndef WIRE_IMAP_ARGS_LOGIN_H
#define WIRE_IMAP_ARGS_LOGIN_H

#include "wire/imap/cursor.h"

enum {
	IMAP_ID_PAIRS_MAX = 30,   /* RFC 2971 3.3 */
	IMAP_ID_FIELD_MAX = 30,   /* octets       */
	IMAP_ID_VALUE_MAX = 1024, /* octets       */
};

struct imap_login {
	struct span user, password; /* valid UTF-8 is the caller's to ask for */
};
NODISCARD int imap_login_parse(struct imap_cursor *c, struct imap_login *out);

struct imap_authenticate {
	struct span mechanism;
	bool has_initial;
	struct span initial; /* base64, not looked at; empty for "=", an empty response */
};
NODISCARD int imap_authenticate_parse(struct imap_cursor *c, struct imap_authenticate *out);

struct imap_id_pair {
	struct span field, value; /* value is empty for NIL */
};
struct imap_id {
	const struct imap_id_pair *pairs;
	size_t n_pairs; /* 0 for NIL */
};
NODISCARD int imap_id_parse(struct imap_cursor *c, struct imap_id *out);

/* OR of IMAP_CAP() (capability.h): the words that ENABLE knows; others are passed over. */
NODISCARD int imap_enable_parse(struct imap_cursor *c, uint64_t *out);

/* ERR_REFUSED: another mechanism than DEFLATE, for NO. */
NODISCARD int imap_compress_parse(struct imap_cursor *c);

#endif
