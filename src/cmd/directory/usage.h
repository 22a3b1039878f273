/* cmd/directory/usage.h - what an account uses of its quota. */
#ifndef CMD_DIRECTORY_USAGE_H
#define CMD_DIRECTORY_USAGE_H

#include <jansson.h>

#include "config/settings.h"

/* Behind what is known of the account, a line; as JSON the row with that in it.  The running server
 * knows: without one there is no line, and the row as it is. */
void usage_print(const struct settings *set, json_t *row, bool json);

#endif
