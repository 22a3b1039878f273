/* accounts/serve.c - in the store role: orders, and telling the auth role.
 *
 * One at a time has the turn, an order or the telling of everything, so that the auth role hears of
 * changes in the order in which they were kept.
 */
#include "accounts/accounts_impl.h"

#include "base/event.h"
#include "rt/loop.h"
#include "rt/worker.h"
#include "ticket/gate.h"

enum { TELL_AGAIN_MS = 200 };

static struct {
	struct accounts *db;
	struct worker *thread;
	bool busy;
	struct cond turn;
	bool stopping;
	unsigned comings; /* how often the auth role came */
	struct accounts_keeper keeper;
} self = { .turn = { LIST_INIT(self.turn.waiters) } };

struct open_work {
	const char *data_dir;
	struct accounts *db;
};

static int open_run(void *arg)
{
	struct open_work *w = arg;
	return accounts_open(w->data_dir, &w->db);
}

struct order_work {
	const struct directory_order_args *a;
	int64_t now_ms;
	struct arena *mem;
	struct directory_order_reply *out;
	struct accounts_done done;
};

static int order_run(void *arg)
{
	struct order_work *w = arg;
	return accounts_order(self.db, w->a, w->now_ms, w->mem, w->out, &w->done);
}

struct page_work {
	struct accounts_place *place;
	struct arena *mem;
	struct directory_tell_args out;
};

static int page_run(void *arg)
{
	struct page_work *w = arg;
	return accounts_page(self.db, w->place, w->mem, &w->out);
}

static WAITS int turn_begin(void)
{
	int r = 0;
	while (self.busy && r >= 0)
		r = cond_wait(&self.turn, "the directory");
	if (r >= 0)
		self.busy = true;
	return r;
}

static void turn_end(void)
{
	self.busy = false;
	cond_signal(&self.turn);
}

static WAITS int tell(struct directory_tell_args *a, enum directory_tell_step step)
{
	AUTO_ARENA mem = { 0 };
	struct directory_tell_reply got;
	for (size_t i = 0; self.keeper.heard && i < a->n_accounts; i++)
		self.keeper.heard(&a->accounts[i]);
	for (size_t i = 0; self.keeper.heard_domain && i < a->n_domains; i++)
		self.keeper.heard_domain(&a->domains[i]);
	a->step = (uint8_t)step;
	return directory_tell(a, &mem, &got);
}

/* Pages, each in an arena of its own; the place's name moves with them. */
static WAITS int tell_everything(void)
{
	struct arena pages[2] = { { 0 }, { 0 } };
	struct accounts_place place = { 0 };
	struct directory_tell_args none = { 0 };
	int r = tell(&none, DIRECTORY_ALL_BEGIN); /* WAITS */
	for (unsigned i = 0; r >= 0 && !place.done; i++) {
		struct page_work w = { .place = &place, .mem = &pages[i % 2] };
		arena_reset(w.mem);
		r = worker_run(self.thread, page_run, &w, "directory"); /* WAITS */
		if (r >= 0 && !place.done)
			r = tell(&w.out, DIRECTORY_ALL_MORE); /* WAITS */
	}
	if (r >= 0)
		r = tell(&none, DIRECTORY_ALL_END); /* WAITS */
	arena_fini(&pages[0]);
	arena_fini(&pages[1]);
	return r;
}

/* Until it worked, or the auth role has gone: it is told anew when it comes again. */
static WAITS int tell_until_told(unsigned coming)
{
	int r = ERR_UNAVAILABLE;
	while (coming == self.comings && !self.stopping) {
		r = tell_everything(); /* WAITS */
		if (r >= 0 || r == ERR_UNAVAILABLE || r == ERR_CANCELLED)
			return r;
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "the auth role was not told who is who, and is told again", err_str(r));
		if (fibre_sleep(TELL_AGAIN_MS) < 0)
			return ERR_CANCELLED;
	}
	return r;
}

static void came(UNUSED void *arg)
{
	unsigned coming = self.comings;
	if (turn_begin() < 0)
		return;
	(void)!tell_until_told(coming);
	turn_end();
}

void accounts_auth_came(void)
{
	self.comings++;
	int r = fibre_spawn("directory", came, NULL);
	if (r < 0)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "the auth role is not told who is who", err_str(r));
}

/* What is kept but could not be told is told with everything else; without an auth role nobody logs
 * in before it has come and been told. */
static WAITS int tell_change(struct directory_tell_args *changed)
{
	if (!changed->n_domains && !changed->n_accounts && !changed->n_aliases &&
	    !changed->n_signers)
		return 0;
	int r = tell(changed, DIRECTORY_CHANGE); /* WAITS */
	gate_forget();                           /* what was confirmed before may not hold now */
	return r < 0 && r != ERR_UNAVAILABLE ? tell_until_told(self.comings) : 0;
}

static void count(struct accounts_done *done)
{
	for (size_t i = 0; self.keeper.use && i < done->n_removed; i++) {
		struct accounts_removed *a = &done->removed[i];
		if (self.keeper.use(a->name, &a->messages, &a->octets) < 0)
			err_clear();
		a->counted = true;
	}
}

static WAITS int order(const struct directory_order_args *a, struct arena *mem,
                       struct directory_order_reply *out)
{
	struct order_work w = { .a = a, .now_ms = clock_wall_time_ms(), .mem = mem, .out = out };
	int r = turn_begin(); /* WAITS */
	if (r < 0)
		return r;
	r = self.stopping ? ERR_CANCELLED
	                  : worker_run(self.thread, order_run, &w, "directory"); /* WAITS */
	if (r >= 0 && w.done.purges)
		accounts_purge_wake();
	if (r >= 0)
		r = tell_change(&w.done.changed); /* WAITS */
	turn_end();
	count(&w.done);
	return r < 0 ? r : accounts_removed_json(&w.done, mem, out);
}

void accounts_follow(const struct accounts_keeper *keeper)
{
	self.keeper = *keeper;
}

WAITS int accounts_start(const char *data_dir)
{
	struct open_work w = { .data_dir = data_dir };
	int r = worker_start("directory", &self.thread);
	if (r >= 0)
		r = worker_run(self.thread, open_run, &w, "directory"); /* WAITS */
	if (r < 0)
		return r;
	self.db = w.db;
	directory_order_serve(order);
	return accounts_purge_start(self.thread, self.db, self.keeper.purge);
}

static int close_run(UNUSED void *arg)
{
	accounts_close(self.db);
	return 0;
}

WAITS void accounts_stop(void)
{
	self.stopping = true;
	if (self.db)
		accounts_purge_stop(); /* WAITS */
	if (self.busy)
		(void)!turn_begin(); /* WAITS */
	if (self.thread)
		(void)worker_run(self.thread, close_run, NULL, "directory");
	worker_stop(self.thread);
	self.db = NULL;
	self.thread = NULL;
}
