/* cmd/send_server.h - send --server. */
#ifndef CMD_SEND_SERVER_H
#define CMD_SEND_SERVER_H

#include <stdbool.h>

struct option;

/* Is --server among the arguments? */
bool send_wants_server(int argc, char **argv);
/* All of `send` then, with send's own options.  The exit status. */
int send_by_server(int argc, char **argv, const struct option *options);

#endif
