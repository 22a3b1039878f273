/* cmd/password.h - passwords of accounts, for init and account. */
#ifndef CMD_PASSWORD_H
#define CMD_PASSWORD_H

#include "base/buf.h"

/* The password: the first line of file (NULL: asked twice on a terminal, else made at
 * random and printed once).  out gets "account:hash:scram\n".  What is wrong is printed. */
NODISCARD int password_line(const char *account, const char *file, struct buf *out);

/* One that is given: the first line of file, or asked once on a terminal.  Printed. */
NODISCARD int password_given(const char *file, struct buf *out);

#endif
