/* queue/state/load.c - see load.h. */
#include "queue/state/load.h"

#include "queue/state/commit.h"
#include "queue/state/page.h"
#include "queue/state/record.h"
#include "queue/state/returns.h"

enum { PAGE_ROWS = 500 };

/* How many rows from the first on are of one message, due together. */
static size_t run_of(const struct store_pending *rows, size_t n)
{
	size_t i = 1;

	while (i < n && rows[i].message == rows->message &&
	       rows[i].next_try_ms == rows->next_try_ms && rows[i].attempt == rows->attempt &&
	       rows[i].state == rows->state)
		i++;
	return i;
}

int load_hop(const struct queue *q, const struct store_pending *row, struct arena *mem,
             struct hop *out)
{
	struct hop_rcpt to = { row->return_path, row->address, row->domain, row->route };

	return hop_of(&q->routes, &to, mem, out);
}

static size_t add_run(struct queue *q, const struct store_pending *rows, size_t n,
                      struct arena *mem)
{
	struct schedule_rcpt *rcpts = arena_array(mem, struct schedule_rcpt, n);
	struct schedule_item item = {
		.message = rows->message,
		.size_bytes = rows->size_bytes,
		.accepted_ms = rows->begun_ms,
		.due_ms = rows->next_try_ms,
		.attempt = rows->attempt,
		.body_8bit = rows->body_8bit,
		.smtputf8 = rows->smtputf8,
		.returns = returns_wanted(rows->login, rows->by_http),
		.return_path = rows->return_path,
	};

	if (!rcpts) {
		schedule_left_on_disk(&q->schedule, item.due_ms);
		return n;
	}
	/* What a route that came since would hold or discard was taken to be sent, and is. */
	for (size_t i = 0; i < n; i++) {
		struct hop hop;

		if (load_hop(q, &rows[i], mem, &hop) < 0) {
			schedule_left_on_disk(&q->schedule, item.due_ms);
			return n;
		}
		rcpts[i] = (struct schedule_rcpt){ rows[i].recipient, rows[i].address, hop.name };
	}
	return schedule_add(&q->schedule, &item, rcpts, n, queue_at(q, item.due_ms), loop_now_at(),
	                    mem);
}

bool load_rows(struct queue *q, const struct store_pending *rows, size_t n, struct arena *mem)
{
	size_t part;

	for (size_t i = 0; i < n; i += part) {
		part = run_of(&rows[i], n - i);
		if (rows[i].state == RECIPIENT_HELD || commit_is_under_way(q, rows[i].message))
			continue;
		if (!schedule_has_room(&q->schedule, rows[i].next_try_ms, clock_wall_time_ms())) {
			schedule_left_on_disk(&q->schedule, rows[i].next_try_ms);
			return false;
		}
		if (add_run(q, &rows[i], part, mem))
			return false;
	}
	return true;
}

static WAITS int take_page(struct queue *q, struct store_place *after, bool *full, bool *more)
{
	AUTO_ARENA mem = { 0 };
	struct store_pending *rows;
	size_t n;
	int r = store_pending(q->store, *after, PAGE_ROWS, &mem, &rows, &n); /* WAITS */

	if (r < 0)
		return r;
	*full = !load_rows(q, rows, n, &mem);
	*more = !*full && n == PAGE_ROWS && !q->closing;
	if (!*full && n) {
		struct store_pending *last = &rows[n - 1];

		*after = (struct store_place){ last->next_try_ms, last->message, last->recipient };
	}
	if (n == PAGE_ROWS && !*more && !*full)
		schedule_left_on_disk(&q->schedule, after->next_try_ms);
	return 0;
}

/* One page; *more says whether to go on. */
static WAITS int load_page(struct queue *q, struct store_place *after, bool *full, bool *more)
{
	int r = page_begin(q); /* WAITS */

	if (r < 0)
		return r;
	r = take_page(q, after, full, more); /* WAITS */
	page_end(q);
	return r;
}

static WAITS int load(struct queue *q)
{
	struct schedule *s = &q->schedule;
	struct store_place after = { .next_try_ms = s->disk_from_ms };
	bool full = false, more = true;
	int r = 0;

	if (s->octets > s->octets_max / 4 * 3) {
		int64_t at = queue_at(q, after.next_try_ms);

		schedule_shed(s, clock_add(at, SCHEDULE_LOAD_AHEAD_MS));
	}
	schedule_load_begin(s);
	while (more && r >= 0) {
		r = load_page(q, &after, &full, &more); /* WAITS */
		queue_kick(q);
	}
	if (r < 0)
		schedule_left_on_disk(s, after.next_try_ms);
	schedule_load_end(s, full, clock_wall_time_ms());
	return r;
}

WAITS void load_run(void *arg)
{
	struct queue *q = arg;
	unsigned n_failed = 0;
	int r = 0;

	while (!q->closing && r >= 0) {
		if (!schedule_wants_load(&q->schedule, clock_wall_time_ms())) {
			r = cond_wait(&q->wanted, "work on disk"); /* WAITS */
			continue;
		}
		if (load(q) >= 0) /* WAITS */
			n_failed = 0;
		else
			r = record_back_off(n_failed++); /* WAITS */
		queue_kick(q);
	}
}
