/* queue/queue.h - the schedule of unfinished work, inside the store role.  Floor 4.
 *
 * Started once; from then on the calls of serve.h may be answered.
 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "config/settings.h"
#include "store/store.h"

struct queue;

/* Loads what is unfinished and begins to deliver it.  Set as the process's queue
 * (the handlers of serve.h use it).  Keeps set and sp. */
NODISCARD WAITS int queue_open(const struct settings *set, struct store *sp, struct queue **out);
/* The settings have changed: retry, routes and bounds of what comes next.  ERR_NO_MEMORY: the old
 * ones of these stay. */
NODISCARD int queue_reload(struct queue *q);
/* Stops starting attempts, waits for those under way (until the fibre's deadline). */
WAITS void queue_close(struct queue *q);

#endif
