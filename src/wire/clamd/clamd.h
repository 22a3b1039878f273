/* wire/clamd/clamd.h - asks a clamd whether octets hold a virus.
 *
 * Source: clamd(8): IDSESSION, INSTREAM, VERSION, and what is said to them.
 * A session: clamd_session_put(), then for each stream clamd_stream_put(), its octets each behind
 * clamd_chunk_head(), clamd_stream_end().  Replies bear the number of the stream, from 1, and may
 * come in any order; a session in which something went wrong is closed by the other side.
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_CLAMD_CLAMD_H
#define WIRE_CLAMD_CLAMD_H

#include "base/buf.h"
#include "base/span.h"

enum {
	CLAMD_CHUNK_HEAD_BYTES = 4,
	CLAMD_CHUNK_MAX = 1 << 20,
	CLAMD_REPLY_MAX = 2048, /* octets of a reply, its NUL included */
};

/* Each appends; 0, ERR_TOO_LONG, ERR_NO_MEMORY. */
int clamd_session_put(struct buf *out);
int clamd_stream_put(struct buf *out);
/* Asks for its version and its signatures', counted like a stream. */
int clamd_version_put(struct buf *out);
/* 1..CLAMD_CHUNK_MAX octets follow.  None would end the stream: ERR_BUG. */
int clamd_chunk_head(struct buf *out, size_t n);
int clamd_stream_end(struct buf *out);

enum clamd_verdict {
	CLAMD_CLEAN,
	CLAMD_FOUND,   /* reply.words is what was found                                    */
	CLAMD_LIMIT,   /* a limit of its configuration was reached: not clean, not found   */
	CLAMD_ERROR,   /* reply.words says why                                             */
	CLAMD_VERSION, /* reply.words is its version: "ClamAV 1.4.3/27500/Mon ..."       */
};

struct clamd_reply {
	uint32_t stream;   /* 1.. ; 0: of the session as a whole         */
	struct span words; /* printable ASCII; borrows from the octets taken */
	enum clamd_verdict verdict;
};

/* Takes a reply from the front of *in.  1; 0 when it is not there whole; ERR_SYNTAX when it is
 * none, ERR_TOO_LONG past CLAMD_REPLY_MAX: then nothing that came on this connection may be
 * trusted. */
NODISCARD int clamd_reply_take(struct span *in, struct clamd_reply *out);

#endif
