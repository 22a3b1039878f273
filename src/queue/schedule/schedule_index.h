/* queue/schedule/schedule_index.h - which recipients are in memory.  Pure.
 *
 * A hash table of entries by message and destination, chained through the entries.  Its
 * keys are numbers of our own making, so that a plain multiplication serves as the hash.
 */
#ifndef QUEUE_SCHEDULE_INDEX_H
#define QUEUE_SCHEDULE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct destination;
struct entry;

struct schedule_index {
	struct entry **buckets;
	size_t n, room; /* entries; buckets, 0 or a power of two */
};

void schedule_index_fini(struct schedule_index *x);
/* 0 or ERR_NO_MEMORY. */
NODISCARD int schedule_index_put(struct schedule_index *x, struct entry *e);
void schedule_index_remove(struct schedule_index *x, struct entry *e);
/* An entry of that message and destination with that recipient, or NULL. */
struct entry *schedule_index_find(const struct schedule_index *x, uint64_t message,
                                  const struct destination *d, uint32_t recipient);
/* Calls fn for each entry, which may free it. */
void schedule_index_each(struct schedule_index *x, void (*fn)(struct entry *e, void *arg),
                         void *arg);

#endif
