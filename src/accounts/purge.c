/* accounts/purge.c - the mail of removed accounts is deleted where that was ordered: one after the
 * other, behind, until it is done, over restarts.
 */
#include "accounts/accounts_impl.h"

#include "base/event.h"
#include "rt/fibre.h"
#include "rt/worker.h"

enum { RETRY_MS = 60000 };

static struct {
	struct worker *thread;
	struct accounts *db;
	accounts_purging *purge;
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

static WAITS int purge(struct accounts_removed *a)
{
	int r = self.purge(a->name); /* WAITS */
	if (r >= 0)
		r = worker_run(self.thread, end_run, a, "directory"); /* WAITS */
	if (r >= 0)
		event_log(EVENT_account_purged, "account=%.*s", SPAN_ARG(a->name));
	else if (r != ERR_CANCELLED)
		event_log(EVENT_account_purge_failed, "account=%.*s reason=%s", SPAN_ARG(a->name),
		          err_str(r));
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
		r = purge(&w.found); /* WAITS */
		if (r == ERR_CANCELLED)
			return r;
		failed = r < 0 ? r : failed;
		arena_reset(&mem);
	}
	return r < 0 ? r : failed;
}

static WAITS int await_work(bool failed)
{
	FIBRE_TIMEOUT(failed ? RETRY_MS : INT32_MAX);
	return self.wanted ? 0 : cond_wait(&self.work, "removed accounts to purge");
}

static void purger(UNUSED void *arg)
{
	bool all = true;
	int r = 0;
	while (!self.stopping && r != ERR_CANCELLED) {
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
}
