/* queue/state/state.c - the process's queue, and its clocks.  See state.h. */
#include "queue/state/state.h"

struct queue *queue_here;

struct queue *queue_enter(void)
{
	struct queue *q = queue_here;

	if (!q || q->closing) {
		(void)err(ERR_UNAVAILABLE, "the queue is not open");
		return NULL;
	}
	q->n_calls++;
	return q;
}

void queue_leave(struct queue **q)
{
	if (*q && !--(*q)->n_calls && (*q)->closer)
		fibre_wake((*q)->closer, 0);
}

struct retry_clock queue_clock(const struct queue *q)
{
	return (struct retry_clock){ .wall_ms = clock_wall_time_ms(),
		                     .steady_ms = q->started_ms + (loop_now_at() - q->started_at),
		                     .started_ms = q->started_ms };
}

void queue_kick(struct queue *q)
{
	q->kicked = true;
	cond_signal(&q->turn);
}

void queue_pause(struct queue *q, int64_t ms)
{
	q->paused_until_at = clock_add(loop_now_at(), ms);
}

int64_t queue_at(const struct queue *q, int64_t time_ms)
{
	int64_t now_ms = clock_wall_time_ms(), max_ms = retry_wait_max_ms(&q->rule);

	if (time_ms <= now_ms)
		return loop_now_at();
	return clock_add(loop_now_at(), time_ms - now_ms < max_ms ? time_ms - now_ms : max_ms);
}
