/* ipc/ipc_impl.h - what ipc.c (calls) and ipc_link.c (octets) share.  Floor 1. */
#ifndef IPC_IPC_IMPL_H
#define IPC_IPC_IMPL_H

#include <uv.h>

#include "base/map.h"
#include "ipc/ipc.h"

/* Alive as long as someone holds a reference: its handle, a reader, a call being served. */
struct ipc_link {
	struct ipc_address peer;
	int fd;             /* -1: broken */
	int descriptors_fd; /* -1: none pass here */
	uv_poll_t poll;
	unsigned refs;
	struct buf in;  /* not yet parsed: from in_at to in.n */
	struct buf out; /* not yet written: from out_at to out.n */
	size_t in_at, out_at;
	bool secret;      /* out holds a call of a method that brings one */
	bool full;        /* the socket takes no more: wait until it does */
	struct map calls; /* struct waiting by serial */
	uint32_t serial;  /* of the latest call */
	size_t n_served, served_bytes;
	struct list dirty; /* in the list of links with output */
	struct cond room;  /* signalled when callers may queue again, and at the break */
};

/* Takes both descriptors, also on failure. */
NODISCARD int ipc_link_open(struct ipc_address peer, int fd, int descriptors_fd,
                            struct ipc_link **out);
/* Appends a frame; it leaves before the loop sleeps.  What buf_put returns. */
NODISCARD int ipc_link_put(struct ipc_link *l, const struct ipc_frame *f);
/* The descriptor that goes with the call or reply of this serial, to be put next.  ERR_LIMIT: the
 * other side takes none of those before it; ERR_CLOSED. */
NODISCARD int ipc_link_send_fd(struct ipc_link *l, uint32_t serial, int fd);
/* The one that came with the call or reply of this serial.  ERR_SYNTAX: none did, or what came is
 * not a regular file. */
NODISCARD int ipc_link_take_fd(struct ipc_link *l, uint32_t serial, int *fd);
/* Octets waiting to be written. */
size_t ipc_link_queued(const struct ipc_link *l);
/* Closes; r < 0 but ERR_CLOSED is logged with its detail.  No-op on a broken link. */
void ipc_link_break(struct ipc_link *l, int r);
void ipc_link_ref(struct ipc_link *l);
void ipc_link_unref(struct ipc_link *l);
/* Forgets the hook in a loop that ends. */
void ipc_link_unhook(void);

/* ---- ipc.c, called by ipc_link.c on the loop's stack ---- */

/* One frame came.  ERR_SYNTAX: the other side breaks the rules. */
NODISCARD int ipc_take(struct ipc_link *l, const struct ipc_frame *f);
/* The link is broken: its callers are to be told. */
void ipc_lost(struct ipc_link *l);

#endif
