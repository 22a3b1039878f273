/* ipc/ipc_frame.h - one message between roles, as octets (rt/ipc.h).  Floor 1.
 * Private to rt/ipc*.  Pure: the other side is not trusted. */
#ifndef RT_IPC_FRAME_H
#define RT_IPC_FRAME_H

#include "base/buf.h"
#include "base/err.h"
#include "ipc/ipc.h"

enum ipc_kind {
	IPC_CALL = 0,
	IPC_REPLY = 1,
};

enum {
	IPC_LENGTH_BYTES = 4, /* the length that stands before all */
	IPC_CALL_BYTES = 8,   /* kind, 0, method, serial */
	IPC_REPLY_BYTES = 12, /* and result */
	IPC_HEAD_MAX = IPC_LENGTH_BYTES + IPC_REPLY_BYTES,
};

struct ipc_frame {
	enum ipc_kind kind;
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
