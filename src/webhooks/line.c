/* webhooks/line.c - whose turn it is.
 *
 * An endpoint with something to do stands in line, and has a fibre for as long as its turn lasts:
 * some events, one behind the other.  Those whose latest attempt has not shown that they live have
 * half of the places at most, and an account has few, so that what is dead keeps nobody waiting.
 */
#include "base/event.h"
#include "calls/queue.h"
#include "queue/serve/serve.h"
#include "rt/loop.h"
#include "store/store.h"
#include "webhooks/wanted.h"
#include "webhooks/webhooks_impl.h"

enum {
	RUNNING_MAX = 64,
	DOUBTFUL_MAX = RUNNING_MAX / 2,
	ACCOUNT_MAX = 4,
	TURN = 20,  /* events */
	PAGE = 100, /* changes, of anybody's */
	PAUSE_MS = 2000,
};

static WAITS void run(void *arg);

static size_t running_of(uint64_t owner)
{
	struct endpoint *e;
	size_t n = 0;

	LIST_EACH(e, &webhooks.running, line)
		n += e->owner == owner;
	return n;
}

static bool may_run(const struct endpoint *e)
{
	return (e->lives || webhooks.n_doubtful < DOUBTFUL_MAX) &&
	       running_of(e->owner) < ACCOUNT_MAX;
}

static bool begin(struct endpoint *e)
{
	if (nursery_spawn(&webhooks.fibres, "webhook", run, e) < 0)
		return false;
	list_remove(&e->line);
	list_push_back(&webhooks.running, &e->line);
	e->running = true;
	e->refs++;
	webhooks.n_running++;
	webhooks.n_doubtful += !e->lives;
	return true;
}

static void start_some(void)
{
	struct endpoint *e, *next;

	LIST_EACH_SAFE(e, next, &webhooks.line, line)
		if (webhooks.n_running == RUNNING_MAX || !webhooks.open ||
		    (may_run(e) && !begin(e)))
			return;
}

static void enter(struct endpoint *e)
{
	if (!webhooks.open || !e->is.enabled || e->gone || e->closed || e->running || e->waits ||
	    list_linked(&e->line))
		return;
	list_push_back(&webhooks.line, &e->line);
	start_some();
}

void line_news(struct endpoint *e)
{
	e->news = true;
	enter(e);
}

static void on_time(void *arg)
{
	struct endpoint *e = arg;

	e->waits = false;
	line_news(e);
}

void line_wait(struct endpoint *e, int64_t ms)
{
	e->waits = true;
	loop_timer_start(&e->timer, clock_add(loop_now_at(), ms > 0 ? ms : 0), on_time, e);
}

void line_resume(struct endpoint *e)
{
	int64_t left_ms = e->is.next_ms - clock_wall_time_ms();
	int64_t most_ms = retry_wait_max_ms(&webhooks.rule);

	if (most_ms < RETRY_AFTER_MAX_MS)
		most_ms = RETRY_AFTER_MAX_MS; /* more: the clock was set back */
	loop_timer_stop(&e->timer);
	e->waits = false;
	if (e->is.next_ms && left_ms > 0)
		line_wait(e, left_ms < most_ms ? left_ms : most_ms);
	else
		line_news(e);
}

void line_leave(struct endpoint *e)
{
	loop_timer_stop(&e->timer);
	e->waits = false;
	if (!e->running)
		list_remove(&e->line);
}

/* ---- a turn ---- */

static WAITS int wants(const struct endpoint *e, const struct record_change *f)
{
	AUTO_ARENA mem = { 0 };
	struct span tags, metadata, wanted = SPAN("");

	if (!wanted_has(e->def.states, f))
		return 0;
	if (strcmp(e->def.tags, "[]") == 0)
		return 1;
	int r = arena_copy(&mem, span_str(e->def.tags), &wanted);
	if (r >= 0)
		r = store_tags(webhooks.store, f->message, &mem, &tags, &metadata); /* WAITS */
	return r < 0 ? r : wanted_tags_meet(wanted, tags);
}

struct turn {
	struct endpoint *e;
	unsigned n, epoch;
};

static bool goes_on(const struct turn *t)
{
	return webhooks.open && t->e->epoch == t->epoch && t->e->is.enabled && !t->e->gone &&
	       !t->e->closed && !t->e->waits;
}

/* Those of a page.  Negative: a fault of ours; the cursor is where it stopped. */
static WAITS int go_through(struct turn *t, const struct queue_changes_reply *page,
                            const uint64_t *owners)
{
	struct endpoint *e = t->e;
	int r = 0;

	for (size_t i = 0; i < page->n_records; i++) {
		const struct record_change *f = &page->records[i];

		r = owners[i] == e->owner ? wants(e, f) : 0; /* WAITS */
		if (r < 0 || !goes_on(t) || t->n == TURN)
			return r;
		if (r > 0) {
			r = post_change(e, f); /* WAITS */
			t->n++;
		}
		if (r < 0 || !goes_on(t))
			return r;
		e->is.cursor = f->seq;
		e->is.cursor_ms = f->time_ms;
	}
	e->is.cursor = page->seq;
	return 0;
}

/* 1: there may be more. */
static WAITS int take_page(struct turn *t)
{
	AUTO_ARENA mem = { 0 };
	struct queue_changes_args a = { .after = t->e->is.cursor, .max = PAGE };
	struct queue_changes_reply page;
	uint64_t *owners;

	t->e->news = false;
	int r = queue_owned_changes_here(&a, &mem, &page, &owners); /* WAITS */
	if (r < 0 || !goes_on(t))
		return r < 0 ? r : 1;
	if (!page.n_records && page.seq <= a.after) {
		t->e->is.cursor_ms = clock_wall_time_ms();
		return 0;
	}
	r = go_through(t, &page, owners); /* WAITS */
	return r < 0 ? r : 1;
}

/* What the ledger keeps no longer cannot be sent. */
static WAITS void note_gap(struct endpoint *e)
{
	AUTO_BUF since = BUF(64);
	int64_t oldest_ms = clock_wall_time_ms() - webhooks.set->store_ledger_kept;

	if (!e->is.cursor_ms || e->is.cursor_ms >= oldest_ms)
		return;
	e->is.cursor_ms = oldest_ms;
	clock_put_rfc3339(&since, oldest_ms);
	post_note(e,
	          "what happened before %s may be missing: it was not sent, and of messages from "
	          "before then the ledger keeps nothing (store.ledger_kept)",
	          buf_str(&since)); /* WAITS */
}

/* The ledger was restored from a copy that is older than what it was sent. */
static WAITS void note_return(struct endpoint *e)
{
	uint64_t last = store_seq(webhooks.store), cursor = e->is.cursor;

	if (cursor <= last)
		return;
	e->is.cursor = last;
	post_note(
	        e,
	        "changes up to number %ju were sent, and this server has none behind %ju: its data "
	        "are from an older copy",
	        (uintmax_t)cursor, (uintmax_t)last); /* WAITS */
}

static WAITS int take_turn(struct endpoint *e)
{
	struct turn t = { .e = e, .epoch = e->epoch };
	int r = 1;

	note_return(e); /* WAITS */
	note_gap(e);    /* WAITS */
	while (r > 0 && t.n < TURN && goes_on(&t))
		r = take_page(&t); /* WAITS */
	if (e->is.cursor != e->kept_cursor && e->epoch == t.epoch && !e->gone) {
		uint64_t cursor = e->is.cursor;
		int kept = kept_reached(e->id, cursor, e->is.cursor_ms); /* WAITS */

		if (kept >= 0)
			e->kept_cursor = cursor;
	}
	return r;
}

static WAITS void run(void *arg)
{
	struct endpoint *e = arg;
	bool doubtful = !e->lives;
	int r = take_turn(e); /* WAITS */

	list_remove(&e->line);
	e->running = false;
	webhooks.n_running--;
	webhooks.n_doubtful -= doubtful;
	if (r < 0 && r != ERR_CANCELLED && !e->gone && !e->waits)
		line_wait(e, PAUSE_MS);
	if (r > 0 || e->news)
		enter(e);
	endpoint_unref(e);
	start_some();
}
