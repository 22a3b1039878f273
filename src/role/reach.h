/* role/reach.h - other programs that a role talks to and may not connect to: the parent connects,
 * the role is given the descriptor.
 *
 * A filter of system calls sees no path, so who may connect to one Unix socket may connect to each
 * on the machine: the control socket, D-Bus, another server's.  The courier, which talks with
 * strangers, may make none, and the inspect role, which opens what they have packed, has no network
 * at all.  It names an endpoint (config/config_endpoint.h) over BOOT_FD, and the parent looks
 * whether the settings that it has read itself name it for that role too.  unix(7).
 */
#ifndef ROLE_REACH_H
#define ROLE_REACH_H

#include "base/span.h"
#include "config/settings.h"
#include "ipc/ipc.h"
#include "role/boot.h"

/* What the settings name for that role: the courier is led to sockets by delivery.routes, inspect
 * to clamd, rspamd and milters. */
bool reach_permits(const struct settings *set, enum role who, struct span endpoint);

/* The parent answers BOOT_REACH of that role's.  ERR_AGAIN: who asks does not read the answers; and
 * what boot_send returns. */
NODISCARD int reach_answer(const struct settings *set, enum role who, int sock,
                           const struct boot_message *m);

/* In a fibre of the role's: a non-blocking socket, the caller's, connected or (TCP) about to be:
 * the first octet waits for that, and fails with it.  ERR_NOT_FOUND: there is no such Unix socket;
 * ERR_NET with the reason; what boot_send and cond_wait return. */
NODISCARD WAITS int reach_ask(struct span endpoint, int *fd);
/* BOOT_REACHED came: who waits for that endpoint has it; nobody does any more: nothing. */
void reach_take(struct boot_message *m);
/* There is no parent: this process, which is all roles, connects by itself. */
void reach_alone(void);

#endif
