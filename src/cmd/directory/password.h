/* cmd/directory/password.h - passwords of accounts, for init and account. */
#ifndef CMD_DIRECTORY_PASSWORD_H
#define CMD_DIRECTORY_PASSWORD_H

#include "base/buf.h"

enum { PASSWORD_TEXT_MAX = 512 };

/* What is kept of a password. */
struct password {
	struct buf made; /* itself, when it was made here: for its owner's eyes, once */
	bool is_app;
	struct buf hash, scram; /* auth/credentials.h; a NUL behind each */
};
void password_fini(struct password *p);

/* Where it comes from when no file is given and there is no terminal to ask on. */
enum password_else { PASSWORD_MAKE, PASSWORD_STDIN };
/* salt: of the account's other passwords, ITERATIONS:SALT, or "".  The first line of file (NULL:
 * asked twice on a terminal, else as `otherwise` says).  What is wrong is printed. */
NODISCARD int password_get(const char *file, enum password_else otherwise, const char *salt,
                           struct password *out);
/* One that is made at random, for one program (auth/app_password.h). */
NODISCARD int password_make_app(const char *salt, struct password *out);

/* A key for programs of the account (NULL: of the operator), wire/http/bearer.h: of its secret a
 * digest is kept. */
NODISCARD int password_make_key(const char *account, struct password *out);

/* One that is given: the first line of file, or asked once on a terminal.  Printed. */
NODISCARD int password_given(const char *file, struct buf *out);

#endif
