/* cmd/dkim/dkim_cmd.h - what the files of the dkim command share. */
#ifndef CMD_DKIM_DKIM_CMD_H
#define CMD_DKIM_DKIM_CMD_H

#include <stdbool.h>

/* dkim verify; the exit status. */
int dkim_cmd_verify(const char *config, const char *file, bool json);

#endif
