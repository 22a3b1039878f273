/* queue/orders/order.h - the queue obeys: hold, release, retry, cancel, reroute.
 *
 * An order goes through the ledger page by page, as the loader does and never beside it.  Each
 * recipient that it means leaves the schedule, its change is recorded, and then it is scheduled
 * anew, unless it is held or decided.  Nothing of an order is kept but the changes, and what waits
 * for the end of an attempt.
 */
#ifndef QUEUE_ORDERS_ORDER_H
#define QUEUE_ORDERS_ORDER_H

#include "queue/state/state.h"

struct order {
	enum queue_order_kind kind;
	struct queue_filter filter;
	struct span who, why;
	struct span route; /* of REROUTE: as hop_route prints it, or "default" */
	int64_t given_ms;
	bool quiet, dry_run;
	/* Only these recipients of filter.message, when there are any. */
	const uint32_t *only;
	size_t n_only;
};

struct order_page {
	struct store_place after; /* where it begins; then where the next one does */
	bool more;
	uint32_t n_done, n_under_way;  /* of this page */
	struct store_pending *touched; /* n_done rows, as they were */
};

/* One page.  What store_scan, store_record and bounce_once return: what stands in *page was done
 * all the same. */
NODISCARD WAITS int order_page(struct queue *q, const struct order *o, struct order_page *page,
                               struct arena *mem);
/* What the setting delivery.hold asks of what is there when the queue opens: with it all is held,
 * without it what it held is released.  ERR_CANCELLED, ERR_TIMEOUT. */
NODISCARD WAITS int order_start(struct queue *q);

/* order_wait.c: o is carried out for the recipient once the attempt that e runs in is over.
 * ERR_NO_MEMORY. */
NODISCARD int order_wait(struct queue *q, const struct order *o, const struct entry *e,
                         uint32_t recipient);
/* The attempt is over; e itself may be gone. */
WAITS void order_after(struct queue *q, const struct entry *e);
/* Forgets what waits. */
void order_wait_fini(struct queue *q);

#endif
