/* ipc/ipc.h - calls between roles: a function call that waits.  Floor 1.
 *
 * A link is a connected Unix stream socket to one other role.  Both ends may
 * call.  Messages written in one turn of the loop leave in one system call, and
 * one read takes many.  Frame (little-endian): u32 length of what follows | u8
 * kind (0 call, 1 reply) | u8 0 | u16 method | u32 serial | i32 result (reply) |
 * payload (base/pack.h).  A failed reply carries err_str() as its payload, so that the
 * detail reaches the caller's error record.
 *
 * The other role may have been taken over: lengths, methods and payloads are
 * checked, a breach breaks the link (ERR_SYNTAX in the log).
 */
#ifndef RT_IPC_H
#define RT_IPC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "rt/fibre.h"

enum {
	IPC_FRAME_MAX = 1 << 20,  /* octets of one payload */
	IPC_QUEUED_MAX = 4 << 20, /* octets waiting to be written; callers wait past it */
	IPC_METHOD_MAX = 256,
	/* Of one link: calls being served, and the octets of their arguments; more are
	 * answered ERR_LIMIT. */
	IPC_SERVED_MAX = 16384,
	IPC_SERVED_BYTES_MAX = 128 << 20,
};

enum role { ROLE_PARENT, ROLE_EDGE, ROLE_AUTH, ROLE_STORE, ROLE_COURIER, ROLE_COUNT };
const char *role_name(enum role r);

/* Serves one method: runs in a fibre of its own; args borrows until it returns;
 * reply goes into out (cap IPC_FRAME_MAX).  Returns the result that the caller gets. */
typedef int ipc_handler(struct span args, struct buf *out, enum role from);

/* Which methods this process serves, and for whom (bit 1 << role); set before any link opens. */
void ipc_serve(uint16_t method, const char *name, ipc_handler *fn, unsigned from_roles);
/* True when calls to that role go to this very process (--one-process, or its own). */
bool ipc_is_here(enum role r);
void ipc_set_here(enum role r);

/* Takes fd.  A second link to the same role replaces the first (the role was
 * started again); calls under way on the old one end with ERR_UNAVAILABLE. */
NODISCARD int ipc_link(enum role peer, int fd);
/* Calls and waits.  The payload of a good reply is appended to out and lives there; a
 * bad one's result is returned, its words are in the detail (control octets masked, a
 * number that is not in errs.def becomes ERR_UNAVAILABLE).
 * Without a link it waits up to IPC_LINK_WAIT_MS for one, then ERR_UNAVAILABLE.
 * A local role (ipc_is_here) is called straight, without packing by the stubs of
 * role/calls.c; this function is for the others. */
enum { IPC_LINK_WAIT_MS = 2000 };
NODISCARD WAITS int ipc_call(enum role to, uint16_t method, struct span args, struct buf *out);
/* Called when a link to a role comes up (again) or breaks; NULL for none. */
void ipc_on_link(void (*fn)(enum role peer, bool up));
/* Ends every link, as a break does, and forgets methods and local roles.  Before loop_fini. */
void ipc_fini(void);

/* System calls made by all links since the start, for benchmarks and tests. */
struct ipc_counts {
	uint64_t reads, writes;
};
extern struct ipc_counts ipc_counts;

#endif
