/* queue/serve/follow.c - queue_changes: the stream of state changes, for as many as ask. */
#include "queue/serve/serve.h"
#include "queue/state/state.h"

enum { RECORDS_MAX = 500 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What is older than the records in memory.  1: there was something.  0: nothing up to
 * the records in memory, where *after points now. */
static WAITS int from_ledger(struct queue *q, const struct queue_changes_args *a, size_t max,
                             uint64_t *after, struct arena *mem, struct queue_changes_reply *out)
{
	uint64_t memory_from = q->changes.from_seq;
	struct queue_changes_reply got = { 0 };
	int r = store_history(q->store, *after, a->message, max, mem, &got.records,
	                      &got.n_records); /* WAITS */

	if (r < 0)
		return r;
	if (!got.n_records) {
		*after = memory_from - 1;
		return 0;
	}
	got.seq = got.records[got.n_records - 1].seq;
	*out = got;
	return 1;
}

/* From now on, or from a place that this server never reached: a follower of one that was
 * restored from an older copy. */
static uint64_t place_of(const struct changes *c, uint64_t after)
{
	return after > c->last_seq ? c->last_seq : after;
}

WAITS int queue_changes_here(const struct queue_changes_args *a, struct arena *mem,
                             struct queue_changes_reply *out)
{
	AUTO(queue_leave) struct queue *q = queue_enter();
	size_t max = least(a->max, RECORDS_MAX);
	int64_t until_at = clock_add(clock_now_at(), a->wait_ms);
	uint64_t after;
	int r;

	if (!q)
		return ERR_UNAVAILABLE;
	if (!max)
		return err(ERR_SYNTAX, "no records asked for");
	after = place_of(&q->changes, a->after);
	while (!q->closing) {
		if (after + 1 < q->changes.from_seq) {
			r = from_ledger(q, a, max, &after, mem, out); /* WAITS */
			if (r != 0)
				return r < 0 ? r : 0;
			if (clock_now_at() < until_at)
				continue;
			*out = (struct queue_changes_reply){ .seq = after };
			return 0;
		}
		r = changes_get(&q->changes, after, a->message, max, mem, out);
		if (r < 0 || out->n_records || clock_now_at() >= until_at)
			return r;
		after = out->seq;
		r = changes_wait(&q->changes, a->message, until_at); /* WAITS */
		if (r < 0 && (r != ERR_TIMEOUT || clock_now_at() < until_at))
			return r;
	}
	return err(ERR_UNAVAILABLE, "the queue is closing");
}
