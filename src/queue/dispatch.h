/* queue/dispatch.h - starts what is due, while there is room for it.
 *
 * A job is a fibre: one entry of the schedule, one attempt (job.h).  At most
 * delivery.concurrency run at once, at most delivery.per_destination talk to one
 * destination.
 */
#ifndef QUEUE_DISPATCH_H
#define QUEUE_DISPATCH_H

#include "queue/state.h"

/* Starts jobs, wakes the loader when it has something to do, sets the timer for what comes
 * next.  To be called after anything that may have changed one of these. */
void dispatch_kick(struct queue *q);
/* Starts nothing for a while: the courier is not there. */
void dispatch_pause(struct queue *q, int64_t ms);

#endif
