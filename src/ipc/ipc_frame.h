/* ipc/ipc_frame.h - one message between roles, as octets.  Pure: the other side is not trusted.
 *
 * Little-endian: u32 length of what follows | u8 kind (0 call, 1 reply) | u8 flags | u16 method |
 * u32 serial | i32 result (of a reply) | payload (base/coding/pack.h).  A failed reply carries
 * err_str() as its payload, so that the detail reaches the caller's error record.
 */
#ifndef IPC_IPC_FRAME_H
#define IPC_IPC_FRAME_H

#include "base/buf.h"
#include "base/err.h"

enum {
	IPC_FRAME_MAX = 1 << 20, /* octets of one payload */
	IPC_METHOD_MAX = 256,
	/* From here on a call brings a secret: it is wiped where its octets have been, at both
	   ends. */
	IPC_METHOD_SECRET = 240,
};

enum ipc_kind {
	IPC_CALL = 0,
	IPC_REPLY = 1,
};

enum {
	IPC_LENGTH_BYTES = 4, /* the length that stands before all */
	IPC_CALL_BYTES = 8,   /* kind, flags, method, serial */
	IPC_REPLY_BYTES = 12, /* and result */
	IPC_HEAD_MAX = IPC_LENGTH_BYTES + IPC_REPLY_BYTES,
};

enum { IPC_WITH_FD = 1 }; /* flag of a call or a good reply: a descriptor came beside it */

struct ipc_frame {
	enum ipc_kind kind;
	bool with_fd;
	uint16_t method; /* below IPC_METHOD_MAX */
	uint32_t serial;
	int32_t result;      /* of a reply; 0 in a call */
	struct span payload; /* borrows from the input */
};

/* Looks at the front of in.  0, *out and *used set; ERR_AGAIN: more octets are needed,
 * *used says how many there must be in all before the next look is worth while;
 * ERR_SYNTAX: no such frame can be. */
NODISCARD int ipc_frame_parse(struct span in, struct ipc_frame *out, size_t *used);
/* Appends a frame.  0, or what buf_put returns; nothing is appended then. */
NODISCARD int ipc_frame_put(struct buf *out, const struct ipc_frame *f);

#endif
