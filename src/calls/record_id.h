/* calls/record_id.h - the numbers of messages and blobs.
 *
 * Floor 2.  Bits 62-10: microseconds since 1970; bits 9-0: the node that gave the number out
 * (server.node).  So numbers of one node rise, those of two never meet, and all of them sort by
 * time. Bit 63 is zero: SQL keeps numbers as signed ones.  People see the 13 characters of
 * base/base64.h.
 */
#ifndef CALLS_RECORD_ID_H
#define CALLS_RECORD_ID_H

#include <stdint.h>

enum { RECORD_NODE_BITS = 10, RECORD_NODE_MAX = (1 << RECORD_NODE_BITS) - 1 };

/* The least number of any node that was given out at that time, if the clock was right. */
static inline uint64_t record_id_at(int64_t time_ms)
{
	return (uint64_t)time_ms * 1000 << RECORD_NODE_BITS;
}

/* The number behind `last` (of whatever node) at that time. */
static inline uint64_t record_id_next(uint64_t last, int64_t time_ms, unsigned node)
{
	uint64_t now = record_id_at(time_ms), behind = (last >> RECORD_NODE_BITS) + 1;
	return (now > last ? now : behind << RECORD_NODE_BITS) | node;
}

#endif
