/* queue/serve/obey.c - queue_order: a page of an order, as the control role hands it in. */
#include "queue/orders/filter.h"
#include "queue/orders/order.h"
#include "queue/serve/list.h"
#include "queue/serve/serve.h"
#include "queue/state/check.h"

enum { WHO_MAX = 100, WHY_MAX = 300 };

static int order_from(const struct queue_order_args *a, struct arena *mem, struct order *out)
{
	struct order o = { .kind = (enum queue_order_kind)a->order,
		           .who = check_line(a->who, WHO_MAX, mem),
		           .why = check_line(a->why, WHY_MAX, mem),
		           .given_ms = a->given_ms,
		           .quiet = a->quiet,
		           .dry_run = a->dry_run };
	int r = filter_take(a->filter, a->n_filter, mem, &o.filter);

	if (r < 0)
		return r;
	if (!o.kind || o.kind >= QUEUE_ORDER_KINDS)
		return err(ERR_SYNTAX, "order %u is not known", a->order);
	if (a->given_ms <= 0 || a->given_ms > clock_wall_time_ms())
		return err(ERR_SYNTAX, "an order of a time to come");
	if (o.kind == QUEUE_REROUTE && span_eq(a->route, SPAN("default")))
		o.route = a->route;
	else if (o.kind == QUEUE_REROUTE)
		r = hop_route(a->route, mem, &o.route);
	if (r >= 0)
		*out = o;
	return r;
}

static int reply(const struct order_page *page, bool tell, struct arena *mem,
                 struct queue_order_reply *out)
{
	size_t n = tell ? page->n_done : 0;
	struct queue_order_reply got = {
		.rows = arena_array(mem, struct queue_row, n),
		.n_rows = n,
		.place = arena_new(mem, struct queue_place),
		.n_place = 1,
		.more = page->more,
		.n_done = page->n_done,
		.n_under_way = page->n_under_way,
	};

	if ((n && !got.rows) || !got.place)
		return err(ERR_NO_MEMORY, "no memory for %zu rows", n);
	*got.place = (struct queue_place){ page->after.next_try_ms, page->after.message,
		                           page->after.recipient };
	for (size_t i = 0; i < n; i++)
		got.rows[i] = list_row(&page->touched[i]);
	*out = got;
	return 0;
}

WAITS int queue_order_here(const struct queue_order_args *a, struct arena *mem,
                           struct queue_order_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	struct order_page page = { .after = { .next_try_ms = INT64_MIN } };
	struct order o;
	int r;

	if (!q)
		return ERR_UNAVAILABLE;
	r = order_from(a, mem, &o);
	if (r < 0)
		return r;
	if (a->n_after)
		page.after = (struct store_place){ a->after->next_try_ms, a->after->message,
			                           a->after->recipient };
	r = order_page(q, &o, &page, mem); /* WAITS */
	return r < 0 ? r : reply(&page, a->tell, mem, out);
}
