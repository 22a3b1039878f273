/* queue/orders/order.c - see order.h. */
#include "queue/orders/order.h"

#include "queue/attempts/bounce.h"
#include "queue/orders/filter.h"
#include "queue/state/commit.h"
#include "queue/state/load.h"
#include "queue/state/page.h"
#include "queue/state/record.h"
#include "wire/smtp/verdict/verdict.h"

enum {
	PAGE_ROWS = 500,  /* that an order means, in one page */
	PAGE_LOOK = 5000, /* rows that one page looks at */
	RECORD_ROWS = 100 /* whose changes are recorded together */
};

#define STATE(name) (1u << RECIPIENT_##name)
/* What each kind may be about, and what it makes of it. */
static const struct rule {
	uint16_t states;
	uint8_t state;
	bool waits; /* it is carried out after an attempt that is under way */
	const char *meaning;
} rules[QUEUE_ORDER_KINDS] = {
	[QUEUE_HOLD] = { STATE(QUEUED) | STATE(TRYING) | STATE(DEFERRED), RECIPIENT_HELD, true,
	                 "The message waits here until it is released." },
	[QUEUE_RELEASE] = { STATE(HELD), RECIPIENT_QUEUED, false,
	                    "It was released and is tried now." },
	[QUEUE_RETRY] = { STATE(QUEUED) | STATE(TRYING) | STATE(DEFERRED), RECIPIENT_QUEUED, false,
	                  "It is tried now, before its time." },
	[QUEUE_CANCEL] = { STATE(QUEUED) | STATE(TRYING) | STATE(DEFERRED) | STATE(HELD),
	                   RECIPIENT_CANCELLED, true,
	                   "The delivery was cancelled before the recipient's server took the "
	                   "message." },
	[QUEUE_REROUTE] = { STATE(QUEUED) | STATE(TRYING) | STATE(DEFERRED) | STATE(HELD),
	                    RECIPIENT_QUEUED, true, "It goes by another way." },
};

/* ---- which rows ---- */

static bool is_among(const struct order *o, uint32_t recipient)
{
	size_t i = 0;

	while (i < o->n_only && o->only[i] != recipient)
		i++;
	return !o->n_only || i < o->n_only;
}

static bool wants(const struct store_pending *row, const void *arg)
{
	const struct order *o = arg;

	return rules[o->kind].states >> row->state & 1 && is_among(o, row->recipient) &&
	       filter_wants(row, &o->filter);
}

static WAITS int read_rows(struct queue *q, const struct order *o, struct order_page *page,
                           struct arena *mem, struct store_scan *out)
{
	int r;

	*out = (struct store_scan){ .after = page->after,
		                    .message = o->filter.message,
		                    .max = PAGE_ROWS,
		                    .look = PAGE_LOOK,
		                    .wanted = wants,
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

/* ---- out of the schedule ---- */

enum verdict { LEAVE, TAKE, UNDER_WAY };

static bool is_due_already(const struct order *o, const struct store_pending *row)
{
	return o->kind == QUEUE_RETRY && row->next_try_ms <= o->given_ms;
}

/* Whether a row is to be changed; then it is in nobody else's hands any more. */
static int take(struct queue *q, const struct order *o, const struct store_pending *row,
                struct arena *mem, enum verdict *out)
{
	struct schedule *s = &q->schedule;
	struct entry *e;
	struct hop hop;
	int r = load_hop(q, row, mem, &hop);

	if (r < 0)
		return r;
	*out = TAKE;
	switch (schedule_find(s, row->message, hop.name, row->recipient, &e)) {
	case SCHEDULE_ENDED: *out = LEAVE; break;
	case SCHEDULE_RUNS:
		*out = UNDER_WAY;
		if (!o->dry_run && rules[o->kind].waits)
			r = order_wait(q, o, e, row->recipient);
		break;
	case SCHEDULE_WAITS:
		if (!o->dry_run && !is_due_already(o, row))
			schedule_withdraw(s, e, row->recipient);
		break;
	case SCHEDULE_NOWHERE: break;
	}
	if (!o->dry_run && *out == TAKE && o->kind == QUEUE_RETRY)
		schedule_revive(s, hop.name, loop_now_at());
	return r;
}

/* Those of n rows that are to be changed, in front of the others.  On an error those are still in
 * their place that were not taken. */
static int take_rows(struct queue *q, const struct order *o, struct store_pending *rows, size_t n,
                     struct order_page *page, struct arena *mem, size_t *n_taken)
{
	for (size_t i = 0; i < n; i++) {
		struct store_pending row = rows[i];
		enum verdict verdict;
		int r = take(q, o, &row, mem, &verdict);

		if (r < 0)
			return r;
		page->n_under_way += verdict == UNDER_WAY;
		if (verdict != TAKE)
			continue;
		page->touched[page->n_done++] = row;
		if (o->dry_run || is_due_already(o, &row))
			continue;
		rows[(*n_taken)++] = row;
	}
	return 0;
}

/* ---- the changes ---- */

static struct record_change change_of(const struct order *o, const struct store_pending *row)
{
	const struct rule *rule = &rules[o->kind];
	bool stays_held = o->kind == QUEUE_REROUTE && row->state == RECIPIENT_HELD;
	struct record_change f = {
		.message = row->message,
		.recipient = row->recipient,
		.return_path = row->return_path,
		.address = row->address,
		.state = stays_held ? RECIPIENT_HELD : rule->state,
		.attempt = row->attempt,
		.meaning = span_str(rule->meaning),
		.who = o->who,
		.why = o->why,
		.route = o->route,
	};

	if (f.state == RECIPIENT_QUEUED)
		f.next_try_ms = o->given_ms < row->next_try_ms || !row->next_try_ms
		                        ? o->given_ms
		                        : row->next_try_ms;
	if (f.state == RECIPIENT_CANCELLED)
		f.class = SMTP_CLASS_CANCELLED;
	return f;
}

/* Those of one message, with a notification to its sender. */
static WAITS int record_cancelled(struct queue *q, const struct store_pending *rows,
                                  struct record_change *changes, size_t n, size_t *n_recorded)
{
	int r = 0;

	for (size_t part; r >= 0 && *n_recorded < n; *n_recorded += r >= 0 ? part : 0) {
		size_t i = *n_recorded;
		struct bounce_about about = { rows[i].message, rows[i].return_path,
			                      rows[i].accepted_ms, NULL };

		for (part = 1; i + part < n && rows[i + part].message == rows[i].message; part++)
			;
		r = bounce_once(q, &about, &changes[i], part); /* WAITS */
	}
	return r;
}

static WAITS int record(struct queue *q, const struct order *o, const struct store_pending *rows,
                        size_t n, struct arena *mem, size_t *n_recorded)
{
	struct record_change *changes = arena_array(mem, struct record_change, n);
	int r;

	if (!changes)
		return err(ERR_NO_MEMORY, "no memory for %zu changes", n);
	for (size_t i = 0; i < n; i++)
		changes[i] = change_of(o, &rows[i]);
	if (o->kind == QUEUE_CANCEL && !o->quiet)
		return record_cancelled(q, rows, changes, n, n_recorded); /* WAITS */
	r = store_record(q->store, changes, n);                           /* WAITS */
	if (r >= 0)
		*n_recorded = n;
	return r;
}

/* ---- into the schedule again ---- */

/* As the ledger has it now. */
static void update(const struct order *o, struct store_pending *row)
{
	struct record_change f = change_of(o, row);

	row->state = f.state;
	row->next_try_ms = f.next_try_ms;
	if (span_eq(o->route, SPAN("default")))
		row->route = (struct span){ 0 };
	else if (o->route.n)
		row->route = o->route;
}

static void put_back(struct queue *q, const struct order *o, struct store_pending *rows, size_t n,
                     size_t n_recorded, struct arena *mem)
{
	for (size_t i = 0; i < n_recorded; i++)
		update(o, &rows[i]);
	if (o->kind == QUEUE_CANCEL || o->kind == QUEUE_HOLD) {
		rows += n_recorded;
		n -= n_recorded;
	}
	if (n && !load_rows(q, rows, n, mem)) /* they are in order of time */
		schedule_left_on_disk(&q->schedule, rows->next_try_ms);
}

static WAITS int change_rows(struct queue *q, const struct order *o, struct store_pending *rows,
                             size_t n, struct order_page *page, struct arena *mem)
{
	size_t n_taken = 0, n_recorded = 0;
	uint32_t n_before = page->n_done;
	int r = take_rows(q, o, rows, n, page, mem, &n_taken), recorded = 0;

	if (n_taken)
		recorded = record(q, o, rows, n_taken, mem, &n_recorded); /* WAITS */
	put_back(q, o, rows, n_taken, n_recorded, mem);
	if (recorded < 0)
		page->n_done = n_before + (uint32_t)n_recorded;
	return r < 0 ? r : recorded;
}

static WAITS int go_through(struct queue *q, const struct order *o, struct order_page *page,
                            struct arena *mem)
{
	struct store_scan scan;
	int r = read_rows(q, o, page, mem, &scan); /* WAITS */

	if (r < 0)
		return r;
	page->n_done = page->n_under_way = 0;
	page->touched = arena_array(mem, struct store_pending, scan.n);
	if (scan.n && !page->touched)
		return err(ERR_NO_MEMORY, "no memory for %zu rows", scan.n);
	for (size_t i = 0; r >= 0 && i < scan.n; i += RECORD_ROWS)
		r = change_rows(q, o, &scan.rows[i],
		                scan.n - i < RECORD_ROWS ? scan.n - i : RECORD_ROWS, page,
		                mem); /* WAITS */
	return r;
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
