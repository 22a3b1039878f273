/* accounts/purge.c: the mail of removed accounts is deleted, however often that fails at first. */
#include "accounts/accounts_impl.h"
#include "base/event.h"
#include "fibre_harness.h"
#include "rig.h"
#include "rt/worker.h"

static struct {
	int64_t began_at, at[64]; /* of each try */
	size_t n, n_told, n_purged, fails;
	bool others_fail;
} seen;

static void sink(struct span line, UNUSED void *arg)
{
	seen.n_told += span_find_span(line, SPAN(" account_purge_failed ")) >= 0;
	seen.n_purged += span_find_span(line, SPAN(" account_purged ")) >= 0;
}

static WAITS int keeper(struct span name)
{
	if (span_starts(name, SPAN("ann")))
		return 0;
	CHECK(seen.n < N_ELEMS(seen.at));
	seen.at[seen.n++] = loop_now_at() - seen.began_at;
	return seen.n > seen.fails ? 0 : err(ERR_DAMAGED, "its index file is damaged");
}

static void wait_ms(int64_t ms)
{
	CHECK_INT(fibre_sleep(ms), 0);
}

/* The account bob is told to go. */
static struct worker *begin(size_t fails)
{
	static const char *const orders[] = { "domain add home.test",
		                              "account add bob@home.test hash=$6$x",
		                              "account remove bob@home.test",
		                              "removed purge bob@home.test" };
	struct worker *thread;

	memset(&seen, 0, sizeof seen);
	seen.fails = fails;
	rig_begin();
	CHECK_INT(rig_open(), 0);
	EACH_ROW(orders)
		CHECK_INT(rig_order(orders[row]), 0);
	event_set_sink(sink, NULL);
	event_set_level(EVENT_INFO);
	seen.began_at = loop_now_at();
	CHECK_INT(worker_start("directory", &thread), 0);
	CHECK_INT(accounts_purge_start(thread, rig.db, keeper), 0);
	return thread;
}

static void end(struct worker *thread)
{
	accounts_purge_stop();
	worker_stop(thread);
	event_set_sink(NULL, NULL);
	rig_end();
}

FIBRE_TEST(what_fails_is_tried_more_rarely_and_told_once)
{
	enum { MINUTE = 60 * 1000, DAY = 24 * 60 * MINUTE };
	struct worker *thread = begin(20);

	wait_ms(DAY - MINUTE);
	/* After 1, 2, 4, 8, ... minutes, and each four hours in the end. */
	CHECK_INT(seen.at[0], 0);
	CHECK_INT(seen.at[1], MINUTE);
	CHECK_INT(seen.at[2], 3 * MINUTE);
	CHECK_INT(seen.at[8], 255 * MINUTE);
	CHECK_INT(seen.at[9], 255 * MINUTE + 4 * 60 * MINUTE);
	CHECK_INT(seen.n, 13);
	CHECK_INT(seen.n_told, 1);
	accounts_purge_wake(); /* somebody says so again, when it was mended perhaps */
	wait_ms(1);
	CHECK_INT(seen.n, 14);
	CHECK_INT(seen.n_told, 2);
	wait_ms(3 * (int64_t)DAY);
	CHECK_INT(seen.n, 21);
	CHECK_INT(seen.n_told, 2);
	CHECK_INT(seen.n_purged, 1);
	end(thread);
}

/* Another one is not kept waiting by it, and each is told once when it is done. */
FIBRE_TEST(what_fails_keeps_no_other)
{
	struct worker *thread = begin(2);

	wait_ms(1);
	CHECK_INT(seen.n, 1);
	CHECK_INT(rig_order("account add ann@home.test hash=$6$x"), 0);
	CHECK_INT(rig_order("account remove ann@home.test"), 0);
	CHECK_INT(rig_order("removed purge ann@home.test"), 0);
	accounts_purge_wake();
	wait_ms(1);
	CHECK_INT(seen.n_purged, 1);
	wait_ms(3600 * 1000);
	CHECK_INT(seen.n_purged, 2);
	CHECK_INT(seen.n, 3);
	end(thread);
}
