/* queue/orders/order_impl.h - what this folder's files share.  Not for other folders. */
#ifndef QUEUE_ORDER_IMPL_H
#define QUEUE_ORDER_IMPL_H

#include "queue/orders/order.h"

/* Whether senders hear of it: then the rows that are changed together are of one message. */
bool order_tells(const struct order *o);
/* Whether the order (arg) is about that row.  Pure. */
bool order_wants(const struct store_pending *row, const void *arg);
/* Takes n rows out of the schedule, records what becomes of them, and puts back what is to be
 * tried.  page has room for them among `touched`.  On an error what page says was done all the
 * same; what store_record and bounce_once return. */
NODISCARD WAITS int order_change_rows(struct queue *q, const struct order *o,
                                      struct store_pending *rows, size_t n, struct order_page *page,
                                      struct arena *mem);

#endif
