/* webhooks/follow.c - one fibre follows the changes of all, and tells the endpoints of those whose
 * they are.
 *
 * An endpoint reads the stream by itself, from its own cursor; who has nothing to do is moved on,
 * so that after a start nobody reads through what is not his.
 */
#include "calls/queue.h"
#include "queue/serve/serve.h"
#include "rt/loop.h"
#include "webhooks/webhooks_impl.h"

enum { PAGE = 200, WAIT_MS = 25 * 1000, AGAIN_MS = 1000, MOVE_MS = 60 * 1000, MOVE_LEAST = 500 };

static void tell(uint64_t owner)
{
	struct endpoint *e;

	LIST_EACH(e, &webhooks.all, link)
		if (e->owner == owner)
			line_news(e);
}

static WAITS int take_page(uint32_t wait_ms)
{
	AUTO_ARENA mem = { 0 };
	struct queue_changes_args a = { .after = webhooks.seq, .max = PAGE, .wait_ms = wait_ms };
	struct queue_changes_reply page;
	uint64_t *owners;
	int r = queue_owned_changes_here(&a, &mem, &page, &owners); /* WAITS */

	for (size_t i = 0; r >= 0 && i < page.n_records; i++)
		if (owners[i])
			tell(owners[i]);
	if (r >= 0)
		webhooks.seq = page.seq;
	return r;
}

static bool is_idle(const struct endpoint *e)
{
	return e->is.enabled && !e->gone && !e->running && !e->news && !e->waits &&
	       !list_linked(&e->line);
}

/* The next that is idle and lies behind. */
static struct endpoint *find_behind(void)
{
	struct endpoint *e;

	LIST_EACH(e, &webhooks.all, link)
		if (is_idle(e) && e->is.cursor + MOVE_LEAST < webhooks.seq)
			return e;
	return NULL;
}

static WAITS void move_on(void)
{
	struct endpoint *e;

	while (webhooks.open && (e = find_behind())) {
		uint64_t id = e->id, seq = webhooks.seq;
		int64_t now_ms = clock_wall_time_ms();

		e->is.cursor = e->kept_cursor = seq;
		e->is.cursor_ms = now_ms;
		if (kept_reached(id, seq, now_ms) < 0) /* WAITS */
			return;                        /* after a start it reads more */
	}
}

/* From now on: each endpoint looks by itself for what was before. */
static WAITS int begin(void)
{
	struct endpoint *e;

	webhooks.seq = UINT64_MAX;
	int r = take_page(0); /* WAITS */
	if (r >= 0)
		LIST_EACH(e, &webhooks.all, link)
			line_resume(e);
	return r;
}

static WAITS int go_on(void)
{
	int64_t move_at = clock_add(loop_now_at(), MOVE_MS);
	int r = begin(); /* WAITS */

	while (r >= 0 && webhooks.open && webhooks.n) {
		r = take_page(WAIT_MS); /* WAITS */
		if (loop_now_at() < move_at)
			continue;
		move_on(); /* WAITS */
		move_at = clock_add(loop_now_at(), MOVE_MS);
	}
	return r;
}

WAITS void follow(UNUSED void *arg)
{
	int r = 0;

	while (webhooks.open && r != ERR_CANCELLED) {
		r = webhooks.n ? go_on() : cond_wait(&webhooks.some, "endpoints"); /* WAITS */
		if (r < 0 && r != ERR_CANCELLED)
			r = fibre_sleep(AGAIN_MS); /* WAITS */
	}
}
