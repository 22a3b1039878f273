/* auth/credentials.h - passwords and their hashes.  Floor 3.
 *
 * Hashes are as crypt(5) writes them: yescrypt from us; bcrypt and sha512crypt are read too.  Those
 * of accounts stand in directory/directory.h.
 */
#ifndef AUTH_CREDENTIALS_H
#define AUTH_CREDENTIALS_H

#include "base/buf.h"
#include "rt/fibre.h"

enum { CREDENTIALS_PASSWORD_MAX = 511 };

/* In the auth role: first, in a fibre: prepares what a wrong account is hashed against. */
NODISCARD WAITS int credentials_open(void);
void credentials_close(void);
/* A hash that no password fits. */
const char *credentials_decoy(void);

/* A fresh yescrypt hash of a password (1-511 octets, no NUL): blocks for tens of ms. */
NODISCARD int credentials_hash(struct span password, struct buf *out);
/* Keys for SCRAM (auth/scram_keys.h), likewise.  salt: "ITERATIONS:SALT" as the text has them,
 * since all passwords of an account share one; empty: a fresh one. */
NODISCARD int credentials_scram(struct span password, struct span salt, struct buf *out);

#endif
