/* queue/orders/order_change.c - what an order makes of rows.  See order_impl.h. */
#include "queue/orders/order_impl.h"

#include "queue/attempts/bounce.h"
#include "queue/orders/filter.h"
#include "queue/state/load.h"
#include "wire/smtp/verdict/verdict.h"

#define STATE(name) (1u << RECIPIENT_##name)
/* What each kind may be about, and what it makes of it. */
static const struct rule {
	uint16_t states;
	uint8_t state;
	bool waits; /* it is carried out after an attempt that is under way */
	const char *meaning;
} rules[QUEUE_ORDER_KINDS] = {
	[QUEUE_HOLD] = { STATE(QUEUED) | STATE(TRYING) | STATE(DEFERRED), RECIPIENT_HELD, true,
	                 "The message waits here until it is released (postrider queue release)." },
	[QUEUE_RELEASE] = { STATE(HELD), RECIPIENT_QUEUED, false,
	                    "It was released and is tried now." },
	[QUEUE_RETRY] = { STATE(QUEUED) | STATE(TRYING) | STATE(DEFERRED), RECIPIENT_QUEUED, false,
	                  "It is tried now, before its time." },
	[QUEUE_CANCEL] = { STATE(QUEUED) | STATE(TRYING) | STATE(DEFERRED) | STATE(HELD),
	                   RECIPIENT_CANCELLED, true,
	                   "The delivery was cancelled, and the recipient's server had not said "
	                   "that it took the message." },
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

bool order_wants(const struct store_pending *row, const void *arg)
{
	const struct order *o = arg;

	return rules[o->kind].states >> row->state & 1 && is_among(o, row->recipient) &&
	       filter_wants(row, &o->filter);
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
                                  struct record_change *changes, size_t n)
{
	struct bounce_about about = { rows->message, rows->return_path, rows->accepted_ms, NULL };

	return bounce_once(q, &about, changes, n); /* WAITS */
}

bool order_tells(const struct order *o)
{
	return o->kind == QUEUE_CANCEL && !o->quiet;
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
	r = order_tells(o) ? record_cancelled(q, rows, changes, n) /* WAITS */
	                   : store_record(q->store, changes, n);   /* WAITS */
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

WAITS int order_change_rows(struct queue *q, const struct order *o, struct store_pending *rows,
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
