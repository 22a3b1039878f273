/* queue/dispatch.h - starts what is due, while there is room for it.
 *
 * An attempt is a fibre: one entry of the schedule (attempts/attempt.h).  At most
 * delivery.concurrency run at once, at most delivery.per_destination talk to one
 * destination.
 */
#ifndef QUEUE_DISPATCH_H
#define QUEUE_DISPATCH_H

#include "queue/state/state.h"

/* The dispatcher: one fibre for the queue's life.  Each time it is kicked it starts what it may,
 * wakes the loader when that has something to do, and sets the timer for what comes next.  arg:
 * struct queue. */
WAITS void dispatch_run(void *arg);

#endif
