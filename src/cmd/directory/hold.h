/* cmd/directory/hold.h - lets go what the queue holds of an account. */
#ifndef CMD_DIRECTORY_HOLD_H
#define CMD_DIRECTORY_HOLD_H

#include "config/settings.h"

/* login: the account's name.  Says how much it was, on standard error where the answer is JSON.
 * What is wrong is printed. */
NODISCARD int hold_let_go(const struct settings *set, const char *login, bool json);

#endif
