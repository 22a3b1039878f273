/* queue/state/record.h - state changes on their way to the store. */
#ifndef QUEUE_STATE_RECORD_H
#define QUEUE_STATE_RECORD_H

#include "queue/state/state.h"

/* Sleeps before try number n_tries + 1, longer each time. */
NODISCARD WAITS int record_back_off(unsigned n_tries);

/* Publishes a state of all of e's recipients that a crash may undo. */
void record_note(struct queue *q, const struct entry *e, uint8_t state, uint32_t attempt,
                 uint8_t class, struct span meaning, int64_t next_try_ms);

#endif
