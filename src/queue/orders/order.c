/* queue/orders/order.c - an order, page by page.  See order.h. */
#include "queue/orders/order_impl.h"

#include "queue/state/commit.h"
#include "queue/state/page.h"
#include "queue/state/record.h"
#include "wire/message/write/dsn_report.h"

enum {
	PAGE_ROWS = 500,   /* that an order means, in one page */
	PAGE_LOOK = 5000,  /* rows that one page looks at */
	RECORD_ROWS = 100, /* whose changes are recorded together */
	/* Of an order that tells senders: met in one page, and of one message. */
	MET_ROWS = 200,
	TOLD_ROWS = MESSAGE_DSN_RCPTS_MAX,
};

static WAITS int read_rows(struct queue *q, const struct order *o, size_t max,
                           struct order_page *page, struct arena *mem, struct store_scan *out)
{
	int r;

	*out = (struct store_scan){ .after = page->after,
		                    .message = o->filter.message,
		                    .max = max,
		                    .look = PAGE_LOOK,
		                    .wanted = order_wants,
		                    .arg = o };
	r = store_scan(q->store, out, mem); /* WAITS */
	if (r < 0)
		return r;
	page->after = out->after;
	/* What is held stands in front of all that has a time. */
	page->more = out->more && (o->kind != QUEUE_RELEASE || out->after.next_try_ms <= 0);
	/* Who commits it is about to schedule it. */
	for (size_t i = 0; r >= 0 && i < out->n; i++)
		while (r >= 0 && commit_is_under_way(q, out->rows[i].message))
			r = fibre_yield(); /* WAITS */
	return r;
}

static int make_room(struct order_page *page, size_t n, struct arena *mem)
{
	struct store_pending *all = arena_array(mem, struct store_pending, page->n_done + n);

	if (!all)
		return err(ERR_NO_MEMORY, "no memory for %zu rows", n);
	for (size_t i = 0; i < page->n_done; i++)
		all[i] = page->touched[i];
	page->touched = all;
	return 0;
}

static WAITS int in_parts(struct queue *q, const struct order *o, struct store_scan *scan,
                          struct order_page *page, struct arena *mem)
{
	int r = make_room(page, scan->n, mem);

	for (size_t i = 0; r >= 0 && i < scan->n; i += RECORD_ROWS)
		r = order_change_rows(q, o, &scan->rows[i],
		                      scan->n - i < RECORD_ROWS ? scan->n - i : RECORD_ROWS, page,
		                      mem); /* WAITS */
	return r;
}

static struct store_place before(const struct store_pending *row)
{
	if (row->recipient)
		return (struct store_place){ row->next_try_ms, row->message, row->recipient - 1 };
	return (struct store_place){ row->next_try_ms, row->message - 1, UINT32_MAX };
}

static bool is_done(const struct order_page *page, const struct store_pending *row)
{
	for (size_t i = 0; i < page->n_done; i++)
		if (page->touched[i].message == row->message &&
		    page->touched[i].recipient == row->recipient)
			return true;
	return false;
}

/* The row and those of its message behind it, which need not be near it in the order of the queue.
 * Of those under way only the row itself counts: the others are met as well. */
static WAITS int with_its_message(struct queue *q, const struct order *o,
                                  const struct store_pending *row, struct order_page *page,
                                  struct arena *mem)
{
	uint32_t n_under_way = page->n_under_way;
	struct order whole = *o;
	struct order_page from = { .after = before(row) };
	struct store_scan scan;
	int r;

	whole.filter.message = row->message;
	r = read_rows(q, &whole, TOLD_ROWS, &from, mem, &scan); /* WAITS */
	if (r >= 0)
		r = make_room(page, scan.n, mem);
	if (r >= 0 && scan.n)
		r = order_change_rows(q, o, scan.rows, scan.n, page, mem); /* WAITS */
	if (page->n_under_way > n_under_way)
		page->n_under_way = n_under_way + !is_done(page, row);
	return r;
}

/* A page ends early when it has much to tell: what was touched has to fit a call. */
static WAITS int by_message(struct queue *q, const struct order *o, const struct store_scan *met,
                            struct order_page *page, struct arena *mem)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < met->n; i++) {
		if (is_done(page, &met->rows[i]))
			continue;
		if (page->n_done >= MET_ROWS) {
			page->after = before(&met->rows[i]);
			page->more = true;
			break;
		}
		r = with_its_message(q, o, &met->rows[i], page, mem); /* WAITS */
	}
	return r;
}

static WAITS int go_through(struct queue *q, const struct order *o, struct order_page *page,
                            struct arena *mem)
{
	bool told = order_tells(o) && !o->dry_run;
	struct store_scan scan;
	int r = read_rows(q, o, told ? MET_ROWS : PAGE_ROWS, page, mem, &scan); /* WAITS */

	if (r < 0)
		return r;
	page->n_done = page->n_under_way = 0;
	return told ? by_message(q, o, &scan, page, mem)
	            : in_parts(q, o, &scan, page, mem); /* WAITS */
}

WAITS int order_page(struct queue *q, const struct order *o, struct order_page *page,
                     struct arena *mem)
{
	int r = page_begin(q); /* WAITS */

	if (r < 0)
		return r;
	r = go_through(q, o, page, mem); /* WAITS */
	page_end(q);
	queue_kick(q);
	return r;
}

WAITS int order_start(struct queue *q)
{
	struct order o = { .kind = q->set->delivery_hold ? QUEUE_HOLD : QUEUE_RELEASE,
		           .who = SPAN(QUEUE_BY_SETTING),
		           .given_ms = clock_wall_time_ms() };
	struct order_page page = { .more = true };
	unsigned n_failed = 0;
	int r = 0;

	if (o.kind == QUEUE_RELEASE)
		o.filter.who = o.who;
	else
		page.after =
		        (struct store_place){ 0, UINT64_MAX, UINT32_MAX }; /* behind the held */
	while (r >= 0 && page.more && !q->closing) {
		AUTO_ARENA mem = { 0 };

		if (order_page(q, &o, &page, &mem) >= 0) /* WAITS */
			n_failed = 0;
		else
			r = record_back_off(n_failed++); /* WAITS */
	}
	return r;
}
