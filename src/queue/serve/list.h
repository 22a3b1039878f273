/* queue/serve/list.h - a row of the queue as other roles see it. */
#ifndef QUEUE_SERVE_LIST_H
#define QUEUE_SERVE_LIST_H

#include "calls/queue.h"
#include "store/store.h"

/* Spans are borrowed. */
struct queue_row list_row(const struct store_pending *from);

#endif
