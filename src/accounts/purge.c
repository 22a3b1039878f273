/* accounts/purge.c - the mail of removed accounts is deleted where that was ordered: one after the
 * other, behind, until it is done, over restarts.
 */
#include "accounts/accounts_impl.h"

#include <stdlib.h>

#include "base/event.h"
#include "base/map.h"
#include "rt/fibre.h"
#include "rt/loop.h"
#include "rt/worker.h"

enum { RETRY_MS = 60000, RETRY_MS_MAX = 4 * 3600 * 1000 };

/* One that failed: told once, and tried again after twice as long each time. */
struct failed {
	int64_t number, wait_ms, at;
};

static struct {
	struct worker *thread;
	struct accounts *db;
	accounts_purging *purge;
	struct map failed;
	struct nursery fibres;
	struct cond work;
	bool wanted, stopping;
} self;

struct next_work {
	int64_t after;
	bool all;
	struct arena *mem;
	struct accounts_removed found;
};

static int next_run(void *arg)
{
	struct next_work *w = arg;
	return accounts_purge_next(self.db, w->after, w->all, w->mem, &w->found);
}

static int end_run(void *arg)
{
	const struct accounts_removed *a = arg;
	return accounts_purge_end(self.db, a->number, clock_wall_time_ms());
}

/* ---- those that failed ---- */

static void forget(int64_t number)
{
	free(map_remove(&self.failed, MAP_KEY(number)));
}

static void forget_all(void)
{
	struct failed *f;
	MAP_EACH(f, &self.failed)
		forget(f->number);
}

/* Without memory for it, it is told again. */
static void note(const struct accounts_removed *a, int r)
{
	struct failed *f = map_get(&self.failed, MAP_KEY(a->number));
	if (f) {
		f->wait_ms = f->wait_ms < RETRY_MS_MAX / 2 ? 2 * f->wait_ms : RETRY_MS_MAX;
		f->at = loop_now_at() + f->wait_ms;
		return;
	}
	event_log(EVENT_account_purge_failed, "account=%.*s reason=%s", SPAN_ARG(a->name),
	          err_str(r));
	f = malloc(sizeof *f);
	if (!f)
		return;
	*f = (struct failed){ a->number, RETRY_MS, loop_now_at() + RETRY_MS };
	if (map_put(&self.failed, MAP_KEY(f->number), f, NULL) < 0)
		free(f);
}

static bool is_put_off(const struct accounts_removed *a)
{
	const struct failed *f = map_get(&self.failed, MAP_KEY(a->number));
	return f && f->at > loop_now_at();
}

static int64_t next_at(void)
{
	const struct failed *f;
	int64_t at = loop_now_at() + RETRY_MS_MAX;
	MAP_EACH(f, &self.failed)
		at = f->at < at ? f->at : at;
	return at;
}

/* ---- all of them ---- */

static WAITS int purge(struct accounts_removed *a)
{
	int r = self.purge(a->name); /* WAITS */
	if (r >= 0)
		r = worker_run(self.thread, end_run, a, "directory"); /* WAITS */
	if (r >= 0 && a->deleting)
		event_log(EVENT_account_purged, "account=%.*s", SPAN_ARG(a->name));
	if (r >= 0)
		forget(a->number);
	else if (r != ERR_CANCELLED)
		note(a, r);
	return r;
}

/* all: what was purged before too, which a restored ledger may have again. */
static WAITS int pass(bool all)
{
	AUTO_ARENA mem = { 0 };
	struct next_work w = { .all = all, .mem = &mem };
	int r = 0, failed = 0;
	while (!self.stopping && (r = worker_run(self.thread, next_run, &w, "directory")) == 1) {
		w.after = w.found.number;
		r = is_put_off(&w.found) ? ERR_UNAVAILABLE : purge(&w.found); /* WAITS */
		if (r == ERR_CANCELLED)
			return r;
		failed = r < 0 ? r : failed;
		arena_reset(&mem);
	}
	return r < 0 ? r : failed;
}

static WAITS int await_work(bool failed)
{
	int64_t wait_ms = next_at() - loop_now_at();
	if (!self.failed.n) /* the directory could not be read */
		wait_ms = RETRY_MS;
	FIBRE_TIMEOUT(failed ? wait_ms : INT32_MAX);
	return self.wanted ? 0 : cond_wait(&self.work, "removed accounts to purge");
}

/* Whoever orders one deleted has those tried that failed: what hindered may be mended. */
static void purger(UNUSED void *arg)
{
	bool all = true;
	int r = 0;
	while (!self.stopping && r != ERR_CANCELLED) {
		if (self.wanted)
			forget_all();
		self.wanted = false;
		r = pass(all); /* WAITS */
		all &= r < 0;
		if (r != ERR_CANCELLED)
			r = await_work(r < 0); /* WAITS */
	}
}

int accounts_purge_start(struct worker *thread, struct accounts *db, accounts_purging *fn)
{
	self.thread = thread;
	self.db = db;
	self.purge = fn;
	self.wanted = self.stopping = false;
	nursery_init(&self.fibres);
	cond_init(&self.work);
	return fn ? nursery_spawn(&self.fibres, "purge", purger, NULL) : 0;
}

void accounts_purge_wake(void)
{
	self.wanted = true;
	cond_signal(&self.work);
}

WAITS void accounts_purge_stop(void)
{
	self.stopping = true;
	nursery_cancel(&self.fibres);
	(void)!nursery_wait(&self.fibres); /* WAITS */
	forget_all();
	map_fini(&self.failed);
}
