/* calls/text.h - a message's text as it crosses from the store: what stands in front of a large
 * body in the call, the body in a file whose descriptor comes beside it.
 */
#ifndef CALLS_TEXT_H
#define CALLS_TEXT_H

#include "base/arena.h"
#include "rt/fibre.h"

/* Borrowed. */
struct text {
	struct span front;   /* all of it, or what stands before the file's octets */
	int file;            /* it only reads; -1: none                            */
	uint64_t size_bytes; /* of both                                            */
};

/* The octets from the offset (at most size_bytes) on: at most max of them, and at least one unless
 * it is the end.  They live as long as the text and mem.  What the file holds is read on a thread
 * of the pool: a slow disk stops nobody else.  ERR_CORRUPT: the text is shorter than size_bytes;
 * ERR_IO, ERR_NO_MEMORY. */
NODISCARD WAITS int text_piece(const struct text *t, uint64_t offset, size_t max, struct arena *mem,
                               struct span *out);

#endif
