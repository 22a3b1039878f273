/* auth/credentials.h - accounts and what their passwords left.  Floor 3; auth role only.
 *
 * The accounts file: one `address:hash` or `address:hash:scram` a line, hash as crypt(5) writes it
 * (yescrypt from us; bcrypt and sha512crypt are read too), scram as auth/scram_keys.h has it:
 * without it there are logins by PLAIN and LOGIN only.  Empty lines and lines starting with # are
 * skipped.
 */
#ifndef AUTH_CREDENTIALS_H
#define AUTH_CREDENTIALS_H

#include "base/arena.h"
#include "base/buf.h"
#include "rt/fibre.h"

enum { CREDENTIALS_PASSWORD_MAX = 511, CREDENTIALS_DIGEST_BYTES = 32 };

/* First, in a fibre: prepares what a wrong account is hashed against. */
NODISCARD WAITS int credentials_open(void);
/* Reads the whole file; add is called for each account (the directory).  ERR_CONFIG
 * names the line, and what was there stays; else it is replaced. */
NODISCARD int credentials_load(struct span text, int (*add)(struct span account));
void credentials_close(void);

struct credential {
	struct span account; /* as credentials_name makes it */
	char *hash;
	struct span scram; /* auth/scram_keys.h; empty: none */
	/* Kept by check.c: what was right lately. */
	int64_t known_until_at;
	unsigned char known[CREDENTIALS_DIGEST_BYTES];
};

/* A name as accounts are compared: in lower case.  Empty when mem is used up. */
struct span credentials_name(struct arena *mem, struct span s);
/* NULL: no such account.  Valid until the file is read anew. */
struct credential *credentials_find(struct span name);
/* A hash that no password fits. */
const char *credentials_decoy(void);

/* A fresh yescrypt hash of a password (1-511 octets, no NUL): blocks for tens of ms. */
NODISCARD int credentials_hash(struct span password, struct buf *out);
/* Fresh keys for SCRAM, likewise. */
NODISCARD int credentials_scram(struct span password, struct buf *out);

struct credential_line {
	struct span account, hash, scram; /* scram may be empty */
};
/* One line of the file; ERR_NOT_FOUND for a blank or comment, ERR_SYNTAX. */
NODISCARD int credentials_parse_line(struct span line, struct credential_line *out);

#endif
