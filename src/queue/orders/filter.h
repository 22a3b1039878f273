/* queue/orders/filter.h - which undecided recipients does somebody mean?  Pure. */
#ifndef QUEUE_ORDERS_FILTER_H
#define QUEUE_ORDERS_FILTER_H

#include "calls/queue.h"
#include "store/store.h"

/* A filter as another role sent it (at most one; none means all), ready for filter_wants: domains
 * in lower-case A-labels.  Spans borrow from the input or live in mem.  ERR_SYNTAX: a domain that
 * cannot be one, more than one filter. */
NODISCARD int filter_take(const struct queue_filter *given, size_t n, struct arena *mem,
                          struct queue_filter *out);
/* For store_scan; arg: struct queue_filter. */
bool filter_wants(const struct store_pending *row, const void *arg);

#endif
