/* cmd/dkim/dkim_cmd.h - what the files of the dkim command share. */
#ifndef CMD_DKIM_DKIM_CMD_H
#define CMD_DKIM_DKIM_CMD_H

#include "base/arena.h"
#include "cmd/control.h"
#include "wire/dns/dns.h"

/* The TXT records of a name as the running server sees them; what is wrong is printed. */
NODISCARD int dkim_cmd_look_up(struct control *c, const char *name, struct arena *mem,
                               struct dns_answer *out);

/* dkim verify; the exit status. */
int dkim_cmd_verify(const char *config, const char *file, bool json);

#endif
