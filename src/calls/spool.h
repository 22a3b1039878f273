/* calls/spool.h - octets that are too many for memory, on their way into a file of the store's.
 *
 * The store passes a descriptor that writes; when all is written it sees to it that nobody can
 * write any more, and passes one that reads (calls/queue.h, queue_file).
 */
#ifndef CALLS_SPOOL_H
#define CALLS_SPOOL_H

#include "base/span.h"
#include "rt/fibre.h"

struct spool {
	int fd;        /* writes; after spool_end: reads; -1: none */
	uint64_t blob; /* the file's number; 0: none */
	uint64_t size_bytes, room_bytes;
	int64_t asked_at; /* when the store heard of it last */
	bool further;     /* of a command that has another one */
};

#define SPOOL ((struct spool){ .fd = -1 })

/* Behind what is there; makes the file first.  On a thread of the pool.  ERR_NO_SPACE, ERR_LIMIT,
 * ERR_IO, ERR_UNAVAILABLE. */
NODISCARD WAITS int spool_put(struct spool *s, struct span octets);
/* To be called at least once an hour: tells the store, now and then, that it is not abandoned. */
NODISCARD WAITS int spool_keep(struct spool *s);
/* From here on it stays as it is, and s->fd reads. */
NODISCARD WAITS int spool_end(struct spool *s);
void spool_close(struct spool *s);
/* The store's now: whoever has the number commits it. */
void spool_forget(struct spool *s);
/* Closes it, and gives the file back, unless it was forgotten.  In a time of its own. */
WAITS void spool_drop(struct spool *s);

#endif
