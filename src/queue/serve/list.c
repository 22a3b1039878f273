/* queue/serve/list.c - queue_list: the undecided recipients, a page at a time. */
#include "queue/serve/list.h"

#include "queue/orders/filter.h"
#include "queue/serve/serve.h"
#include "queue/state/state.h"

enum {
	ROWS_MAX = 500,  /* in one reply */
	LOOK_MAX = 5000, /* rows that one call looks at */
};

struct queue_row list_row(const struct store_pending *from)
{
	return (struct queue_row){
		.message = from->message,
		.recipient = from->recipient,
		.return_path = from->return_path,
		.address = from->address,
		.domain = from->domain,
		.accepted_ms = from->accepted_ms,
		.next_try_ms = from->next_try_ms,
		.attempt = from->attempt,
		.size_bytes = from->size_bytes,
		.state = from->state,
		.class = from->class,
		.text = from->text,
		.route = from->route,
		.who = from->who,
		.why = from->why,
	};
}

static int reply(const struct store_scan *scan, struct arena *mem, struct queue_list_reply *out)
{
	struct queue_list_reply got = {
		.rows = arena_array(mem, struct queue_row, scan->n),
		.n_rows = scan->n,
		.place = arena_new(mem, struct queue_place),
		.n_place = 1,
		.more = scan->more,
	};

	if ((scan->n && !got.rows) || !got.place)
		return err(ERR_NO_MEMORY, "no memory for %zu rows", scan->n);
	*got.place = (struct queue_place){ scan->after.next_try_ms, scan->after.message,
		                           scan->after.recipient };
	for (size_t i = 0; i < scan->n; i++)
		got.rows[i] = list_row(&scan->rows[i]);
	*out = got;
	return 0;
}

WAITS int queue_list_here(const struct queue_list_args *a, struct arena *mem,
                          struct queue_list_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	struct queue_filter filter;
	struct store_scan scan = {
		.after = { .next_try_ms = INT64_MIN },
		.max = a->max < ROWS_MAX ? a->max : ROWS_MAX,
		.look = LOOK_MAX,
		.wanted = filter_wants,
		.arg = &filter,
	};
	int r;

	if (!q)
		return ERR_UNAVAILABLE;
	if (!a->max)
		return err(ERR_SYNTAX, "no rows asked for");
	r = filter_take(a->filter, a->n_filter, mem, &filter);
	if (r < 0)
		return r;
	scan.message = filter.message;
	if (a->n_after)
		scan.after = (struct store_place){ a->after->next_try_ms, a->after->message,
			                           a->after->recipient };
	r = store_scan(q->store, &scan, mem); /* WAITS */
	return r < 0 ? r : reply(&scan, mem, out);
}
