/* queue/follow.c - queue_feedback: the stream of state changes, for as many as ask. */
#include "queue/state.h"

enum { RECORDS_MAX = 500 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What is older than the records in memory.  1: there was something.  0: nothing up to
 * the records in memory, where *after points now. */
static WAITS int from_ledger(struct queue *q, const struct queue_feedback_args *a, size_t max,
                             uint64_t *after, struct arena *mem, struct queue_feedback_reply *out)
{
	uint64_t memory_from = q->events.from_seq;
	struct queue_feedback_reply got = { 0 };
	int r = spool_history(q->spool, *after, a->message, max, mem, &got.records,
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
static uint64_t place_of(const struct events *ev, uint64_t after)
{
	return after > ev->last_seq ? ev->last_seq : after;
}

int queue_feedback_here(const struct queue_feedback_args *a, struct arena *mem,
                        struct queue_feedback_reply *out)
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
	after = place_of(&q->events, a->after);
	while (!q->closing) {
		if (after + 1 < q->events.from_seq) {
			r = from_ledger(q, a, max, &after, mem, out); /* WAITS */
			if (r != 0)
				return r < 0 ? r : 0;
			if (clock_now_at() < until_at)
				continue;
			*out = (struct queue_feedback_reply){ .seq = after };
			return 0;
		}
		r = events_get(&q->events, after, a->message, max, mem, out);
		if (r < 0 || out->n_records || clock_now_at() >= until_at)
			return r;
		after = out->seq;
		r = events_wait(&q->events, a->message, until_at); /* WAITS */
		if (r < 0 && (r != ERR_TIMEOUT || clock_now_at() < until_at))
			return r;
	}
	return err(ERR_UNAVAILABLE, "the queue is closing");
}
