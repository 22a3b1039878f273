/* role/reach.h - the Unix sockets that delivery.routes name: the parent connects, the courier is
 * given the descriptor.
 *
 * A filter of system calls sees no path, so who may connect to one Unix socket may connect to each
 * on the machine: the control socket, D-Bus, another server's.  The courier, which talks with
 * strangers, may make none.  It names a path over BOOT_FD, and the parent looks whether a line of
 * the settings that it has read itself names it too.  unix(7).
 */
#ifndef ROLE_REACH_H
#define ROLE_REACH_H

#include "base/span.h"
#include "config/settings.h"
#include "role/boot.h"

/* A connected, non-blocking socket; never waits.  0, or a number of errno(3): EPERM when no
 * route leads to that path, EAGAIN when its server's queue is full. */
NODISCARD int reach_connect(const struct settings *set, struct span path, int *fd);

/* The parent answers BOOT_REACH.  ERR_AGAIN: who asks does not read the answers; and what
 * boot_send returns. */
NODISCARD int reach_answer(const struct settings *set, int sock, const struct boot_message *m);

/* In a fibre of the courier's; fd is the caller's.  ERR_NET with the reason, what boot_send and
 * cond_wait return. */
NODISCARD WAITS int reach_ask(struct span path, int *fd);
/* BOOT_REACHED came: who waits for that path has it; nobody does any more: nothing. */
void reach_take(struct boot_message *m);
/* There is no parent: this process connects by itself. */
void reach_alone(const struct settings *set);

#endif
