/* queue/serve/once.h - a message that its sender may hand in again, by its own name of it, and that
 * is sent once (calls/record_sent.h). */
#ifndef QUEUE_ONCE_H
#define QUEUE_ONCE_H

#include "calls/records.h"
#include "queue/state/state.h"

/* While it is being committed. */
struct once {
	struct list link;
	struct span login, key;
};

/* 0: go on, and once_end after it; 1: it was there, as *message; a message without a name is 0.
 * ERR_EXISTS, ERR_AGAIN (calls/queue.h); others as store_handed_in. */
NODISCARD WAITS int once_begin(struct queue *q, const struct record_message *m, struct once *o,
                               uint64_t *message);
void once_end(struct once *o);

#endif
