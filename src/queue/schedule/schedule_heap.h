/* queue/schedule/schedule_heap.h - what waits, the earliest on top.  Pure.
 *
 * A binary heap whose slots hold the time beside the pointer: comparing touches no entry.
 */
#ifndef QUEUE_SCHEDULE_HEAP_H
#define QUEUE_SCHEDULE_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct entry;

struct schedule_slot {
	int64_t at;
	struct entry *entry;
};

struct schedule_heap {
	struct schedule_slot *slots; /* slots[0] is the earliest */
	size_t n, room;
};

void schedule_heap_fini(struct schedule_heap *h);
/* 0 or ERR_NO_MEMORY. */
NODISCARD int schedule_heap_push(struct schedule_heap *h, int64_t at, struct entry *e);
/* The earliest; not on an empty one. */
struct entry *schedule_heap_pop(struct schedule_heap *h);
/* Puts in order what was changed in slots. */
void schedule_heap_rebuild(struct schedule_heap *h);
/* A time that about `percent` of the slots are earlier than, from a sample; not on an empty one. */
int64_t schedule_heap_quantile(const struct schedule_heap *h, unsigned percent);

#endif
