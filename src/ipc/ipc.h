/* ipc/ipc.h - calls between roles: a function call that waits.  Floor 1.
 *
 * A link is a connected Unix stream socket to one other role.  Both ends may
 * call.  Messages written in one turn of the loop leave in one system call, and
 * one read takes many; ipc_frame.h has their form.
 *
 * Descriptors travel beside a link, on a SOCK_SEQPACKET pair of its own: a call or a reply may
 * bring one.  Whoever sends it does so before the message's octets, so it is there when they are
 * read.
 *
 * The other role may have been taken over: lengths, methods, payloads and descriptors are
 * checked, a breach breaks the link (ERR_SYNTAX in the log).
 */
#ifndef IPC_IPC_H
#define IPC_IPC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "ipc/ipc_frame.h"
#include "rt/fibre.h"

enum {
	IPC_QUEUED_MAX = 4 << 20, /* octets waiting to be written; callers wait past it */
	/* Of one link: calls being served, and the octets of their arguments; more are
	 * answered ERR_LIMIT. */
	IPC_SERVED_MAX = 16384,
	IPC_SERVED_BYTES_MAX = 128 << 20,
};

enum role {
	ROLE_PARENT,
	ROLE_EDGE,
	ROLE_AUTH,
	ROLE_STORE,
	ROLE_COURIER,
	ROLE_CONTROL,
	ROLE_INSPECT,
	ROLE_MIRROR,
	ROLE_COUNT
};
const char *role_name(enum role r);

/* Who: one instance of a role, counted from 0. */
enum { IPC_INSTANCES_MAX = 8 };
struct ipc_address {
	enum role role;
	unsigned instance; /* below IPC_INSTANCES_MAX */
};
#define IPC_ADDRESS(r, i) ((struct ipc_address){ .role = (r), .instance = (i) })

/* Serves one method: runs in a fibre of its own; args borrows until it returns, and so does
 * given, the descriptor that came with the call (-1: none).  The reply goes into out (cap
 * IPC_FRAME_MAX).  *fd is -1; a regular file's descriptor put there goes with the reply, and is
 * closed here.  Returns the result that the caller gets. */
typedef int ipc_handler(struct span args, int given, struct buf *out, int *fd,
                        struct ipc_address from);

/* Which methods this process serves, and for whom (bit 1 << role); set before any link opens.
 * takes_fd: a call may bring a descriptor; with another one it is a breach.  NULL: no more. */
void ipc_serve(uint16_t method, const char *name, ipc_handler *fn, unsigned from_roles,
               bool takes_fd);

/* Takes fd, and the socket for descriptors (-1: none pass here), also on failure.  A second link to
 * the same peer replaces the first (the role was started again); calls under way on the old one end
 * with ERR_UNAVAILABLE.  ERR_SYNTAX: no such peer can be. */
NODISCARD int ipc_link(struct ipc_address peer, int fd, int descriptors_fd);
/* Calls and waits.  The payload of a good reply is appended to out and lives there; a
 * bad one's result is returned, its words are in the detail (control octets masked, a
 * number that is not in errs.def becomes ERR_UNAVAILABLE).
 * Without a link it waits up to IPC_LINK_WAIT_MS for one, then ERR_UNAVAILABLE.
 * give: a regular file's descriptor that goes with the call and stays the caller's, or -1.  When
 * the other side has yet to take too many of them, ERR_UNAVAILABLE.
 * fd NULL: no descriptor is expected, and one that comes is a breach.  Else *fd is the one
 * that came, the caller's to close, or -1.
 * What this process serves itself is called without it (calls/call.h). */
enum { IPC_LINK_WAIT_MS = 2000 };
NODISCARD WAITS int ipc_call(struct ipc_address to, uint16_t method, struct span args, int give,
                             struct buf *out, int *fd);
/* Called when a link comes up (again) or breaks; NULL for none. */
void ipc_on_link(void (*fn)(struct ipc_address peer, bool up));
/* Ends every link, as a break does, and forgets the methods.  Before loop_fini. */
void ipc_fini(void);

/* System calls made by all links since the start, for benchmarks and tests. */
struct ipc_counts {
	uint64_t reads, writes;
};
extern struct ipc_counts ipc_counts;

#endif
