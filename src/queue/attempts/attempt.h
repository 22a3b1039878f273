/* queue/attempts/attempt.h - one attempt: an entry of the schedule is delivered, put off, or
 * brought to its end.
 */
#ifndef QUEUE_ATTEMPTS_ATTEMPT_H
#define QUEUE_ATTEMPTS_ATTEMPT_H

#include "queue/state/state.h"

/* Times in a row that the courier was not there; then it counts as an attempt, since it may be
 * this very message that ends the courier. */
enum { ATTEMPT_PUT_BACKS_MAX = 20 };

/* e was taken from the schedule, and goes back there or is over. */
WAITS void attempt_run(struct queue *q, struct entry *e);

#endif
