/* mirror/mirror.c - see mirror.h. */
#include "mirror/mirror.h"

#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "metrics/metrics.h"
#include "mirror/copy.h"
#include "rt/loop.h"
#include "rt/worker.h"

enum {
	WAIT_MS = 2000,  /* for the next change, before the database is looked at again */
	GATHER_MS = 200, /* what changes meanwhile is written together */
	RETRY_MS = 1000, /* then twice as long, up to */
	RETRY_MAX_MS = 60 * 1000,
	LOOK_MS = 10 * 1000,
	LOST_MS = 5 * 60 * 1000,
	STOP_MS = 5000,
	STOP_LOOK_MS = 20,
	WORDS_BYTES = 512,
};

static struct {
	const struct settings *set;
	struct span connection;
	int loaded;                 /* below 0: why nothing can be copied */
	char unloaded[WORDS_BYTES]; /* in words */
	char words[WORDS_BYTES];    /* what is wrong; "": nothing is */
	struct worker *thread;
	struct fibre *fibre;
	struct mirror_copy copy;
	bool connected, again, stopping, busy;
	bool known; /* seq: it was connected once */
	void (*lost)(void);
	int64_t retry_ms, busy_at;
	struct loop_timer watch;
	/* what is told */
	uint64_t seq, last, n_written;
	int64_t since_ms, written_ms;
} self;

void mirror_prepare(struct span connection)
{
	self.connection = connection;
	self.loaded = odbc_load(connection);
	if (self.loaded < 0)
		snprintf(self.unloaded, sizeof self.unloaded, "%s; then restart the server",
		         err_str(self.loaded));
}

const char *mirror_driver_dir(void)
{
	return odbc_driver_dir();
}

/* ---- what is told ---- */

static void tell_metrics(void)
{
	int64_t lag_ms = self.since_ms ? clock_wall_time_ms() - self.since_ms : 0;

	metrics_set(METRIC_MIRROR_CONNECTED, 0, 0, self.connected);
	metrics_set(METRIC_MIRROR_BEHIND, 0, 0, (int64_t)(self.last - self.seq));
	metrics_set(METRIC_MIRROR_LAG, 0, 0, lag_ms > 0 ? lag_ms / 1000 : 0);
}

static void tell_failed(int r)
{
	const char *words = err_str(r);
	bool news = strcmp(words, self.words) != 0;

	snprintf(self.words, sizeof self.words, "%s", words);
	metrics_add(METRIC_MIRROR_FAILED, 0, 0, 1);
	if (news)
		event_log(EVENT_mirror_failed, "reason=%s behind=%ju", self.words,
		          (uintmax_t)(self.last - self.seq));
}

static WAITS int state(const struct mirror_state_args *a, UNUSED struct arena *mem,
                       struct mirror_state_reply *out)
{
	self.again = self.again || a->rebuild;
	*out = (struct mirror_state_reply){ .connected = self.connected,
		                            .database = span_str(self.copy.db.database),
		                            .words = span_str(self.words),
		                            .seq = self.seq,
		                            .behind = self.last - self.seq,
		                            .since_ms = self.since_ms,
		                            .written_ms = self.written_ms,
		                            .n_written = self.n_written };
	return 0;
}

/* ---- the thread ---- */

struct job {
	enum { OPEN, WRITE, LOOK, AGAIN, CLOSE } what;
	const struct mirror_rows_reply *rows;
	int64_t now_ms;
};

static int run(void *arg)
{
	struct job *j = arg;

	switch (j->what) {
	case OPEN: return mirror_copy_open(&self.copy, self.connection, self.set->server_node);
	case WRITE: return mirror_copy_write(&self.copy, j->rows, j->now_ms);
	case LOOK: return mirror_copy_look(&self.copy);
	case AGAIN: return mirror_copy_again(&self.copy);
	case CLOSE: mirror_copy_close(&self.copy); return 0;
	}
	return 0;
}

static WAITS int do_job(struct job j)
{
	self.busy = true;
	self.busy_at = loop_now_at();
	int r = worker_run(self.thread, run, &j, "the mirror's database"); /* WAITS */
	self.busy = false;
	return r;
}

/* ---- the loop ---- */

static WAITS void failed(int r)
{
	tell_failed(r);
	if (self.connected)
		(void)!do_job((struct job){ .what = CLOSE }); /* WAITS */
	self.connected = false;
	tell_metrics();
	self.retry_ms = self.retry_ms ? 2 * self.retry_ms : RETRY_MS;
	if (self.retry_ms > RETRY_MAX_MS)
		self.retry_ms = RETRY_MAX_MS;
	(void)!fibre_sleep(self.retry_ms); /* WAITS */
}

static WAITS int connect_now(void)
{
	int r = self.loaded < 0 ? err(self.loaded, "%s", self.unloaded)
	                        : do_job((struct job){ .what = OPEN }); /* WAITS */

	if (r < 0)
		return r;
	self.connected = self.known = true;
	self.seq = self.copy.seq;
	event_log(EVENT_mirror_connected, "database=%s seq=%ju", self.copy.db.database,
	          (uintmax_t)self.seq);
	return 0;
}

static void took(const struct mirror_rows_reply *got)
{
	self.last = got->last;
	self.since_ms = got->since_ms;
	if (self.seq > got->last)
		self.seq = got->last;
}

/* Of the store: what comes next.  While the database is away, how far it is behind. */
static WAITS int ask(uint32_t wait_ms, struct arena *mem, struct mirror_rows_reply *out)
{
	struct mirror_rows_args a = { .after = self.copy.seq,
		                      .run = self.copy.run,
		                      .wait_ms = wait_ms };
	int r = mirror_rows(&a, mem, out); /* WAITS */

	if (r >= 0)
		took(out);
	tell_metrics();
	return r;
}

/* It does what is asked of it: only that ends a trouble. */
static void is_well(void)
{
	self.retry_ms = 0;
	*self.words = 0;
}

static WAITS int look_there(void)
{
	int r = do_job((struct job){ .what = LOOK }); /* WAITS */

	if (r < 0)
		return r;
	self.seq = self.copy.seq;
	is_well();
	tell_metrics();
	return 0;
}

static WAITS int write_rows(struct mirror_rows_reply *got)
{
	int r = do_job((struct job){ WRITE, got, clock_wall_time_ms() }); /* WAITS */

	if (r < 0)
		return r;
	if (r == 0) {
		self.n_written += got->n_rows;
		self.written_ms = clock_wall_time_ms();
		metrics_add(METRIC_MIRROR_ROWS, 0, 0, (int64_t)got->n_rows);
		self.since_ms = 0;
		is_well();
	}
	self.seq = self.copy.seq;
	tell_metrics();
	return 0;
}

/* One turn: what has changed is written, or the database looked at. */
static WAITS int turn(void)
{
	AUTO_ARENA mem = { 0 };
	struct mirror_rows_reply got = { 0 };
	int r;

	if (!self.connected) {
		if (self.known)
			(void)!ask(0, &mem, &got); /* WAITS */
		r = connect_now();                 /* WAITS */
		if (r < 0)
			return r;
	}
	if (self.again) {
		r = do_job((struct job){ .what = AGAIN }); /* WAITS */
		self.again = self.again && r < 0;
		self.seq = self.copy.seq;
		return r;
	}
	r = ask(WAIT_MS, &mem, &got);         /* WAITS */
	if (r < 0)                            /* the store is being started again */
		return fibre_sleep(RETRY_MS); /* WAITS */
	if (got.n_rows)
		r = write_rows(&got); /* WAITS */
	else if (got.last <= got.upto)
		return look_there(); /* WAITS */
	/* What has changed meanwhile is in the ledger a moment later. */
	return r < 0 || (got.n_rows && got.last > got.upto) ? r
	                                                    : fibre_sleep(GATHER_MS); /* WAITS */
}

static void work(UNUSED void *arg)
{
	while (!self.stopping) {
		int r = turn(); /* WAITS */

		if (r == ERR_CANCELLED)
			break;
		if (r < 0)
			failed(r); /* WAITS */
	}
	self.fibre = NULL;
}

/* A driver may wait for ever for a machine that is gone. */
static void look(UNUSED void *arg)
{
	loop_timer_start(&self.watch, clock_add(loop_now_at(), LOOK_MS), look, NULL);
	if (self.busy && self.lost && loop_now_at() - self.busy_at > LOST_MS) {
		event_log(EVENT_mirror_failed, "reason=%s behind=%ju",
		          "the database has not answered for minutes; the role is started anew",
		          (uintmax_t)(self.last - self.seq));
		self.lost();
	}
}

WAITS int mirror_start(const struct settings *set, void (*lost)(void))
{
	int r;

	self.set = set;
	self.lost = lost;
	mirror_state_serve(state);
	r = worker_start("mirror", &self.thread);
	if (r < 0)
		return r;
	look(NULL);
	return fibre_spawn_ref("mirror", work, NULL, &self.fibre);
}

WAITS void mirror_stop(void)
{
	FIBRE_TIMEOUT(STOP_MS);

	loop_timer_stop(&self.watch);
	if (!self.fibre)
		return;
	self.stopping = true;
	fibre_cancel(self.fibre);
	while (self.busy && fibre_sleep(STOP_LOOK_MS) >= 0) /* WAITS */
		continue;
}
