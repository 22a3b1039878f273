/* queue/serve/mirror.c - mirror_rows: what has changed in the ledger, for a copy of it. */
#include "base/os.h"
#include "queue/serve/serve.h"
#include "queue/state/state.h"

/* Of this run; 0 is none. */
static uint64_t run_number(void)
{
	static uint64_t number;

	while (!number) {
		os_random(&number, sizeof number);
		number &= INT64_MAX; /* a column that counts has no more */
	}
	return number;
}

/* The ledger is written a moment behind the changes: whoever asks comes again. */
WAITS int mirror_rows_here(const struct mirror_rows_args *a, struct arena *mem,
                           struct mirror_rows_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	int64_t until_at = clock_add(clock_now_at(), a->wait_ms);
	struct store_mirror got = { .after = a->after };
	int r = 0;

	if (!q)
		return ERR_UNAVAILABLE;
	if (a->run != run_number() && got.after > q->started_seq)
		got.after = q->started_seq;
	if (got.after > q->changes.last_seq)
		got.after = q->changes.last_seq;
	while (!q->closing && got.after >= q->changes.last_seq && clock_now_at() < until_at) {
		r = changes_wait(&q->changes, 0, until_at); /* WAITS */
		if (r < 0 && r != ERR_TIMEOUT)
			return r;
	}
	if (q->closing)
		return err(ERR_UNAVAILABLE, "the queue is closing");
	r = store_mirror(q->store, mem, &got); /* WAITS */
	if (r < 0)
		return r;
	*out = (struct mirror_rows_reply){ .rows = got.rows,
		                           .n_rows = got.n_rows,
		                           .after = got.after,
		                           .upto = got.upto,
		                           .last = q->changes.last_seq,
		                           .run = run_number(),
		                           .since_ms = got.since_ms };
	return 0;
}
