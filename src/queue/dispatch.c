/* queue/dispatch.c - see dispatch.h. */
#include "queue/dispatch.h"

#include "queue/attempts/attempt.h"
#include "queue/orders/order.h"

enum { NO_FIBRE_MS = 1000 };

static void attempt(void *arg)
{
	struct queue *q = queue_here;

	attempt_run(q, arg); /* WAITS */
	order_after(q, arg); /* WAITS */
	q->n_attempts--;
	queue_kick(q);
}

static bool start(struct queue *q, struct entry *e)
{
	if (nursery_spawn(&q->fibres, "delivery", attempt, e) < 0) {
		schedule_release(&q->schedule, e);
		schedule_again(&q->schedule, e, clock_add(loop_now_at(), NO_FIBRE_MS));
		return false;
	}
	q->n_attempts++;
	return true;
}

static void on_timer(void *arg)
{
	queue_kick(arg);
}

static void set_timer(struct queue *q)
{
	int64_t at = schedule_next_at(&q->schedule);
	int64_t load_ms = schedule_load_time_ms(&q->schedule, clock_wall_time_ms());

	if (load_ms < INT64_MAX && queue_at(q, load_ms) < at)
		at = queue_at(q, load_ms);
	if (q->paused_until_at > loop_now_at())
		at = q->paused_until_at;
	loop_timer_start(&q->timer, at, on_timer, q);
}

static bool may_start(const struct queue *q)
{
	return q->n_attempts < (size_t)q->set->delivery_concurrency &&
	       loop_now_at() >= q->paused_until_at;
}

static void turn(struct queue *q)
{
	struct entry *e;

	schedule_wake(&q->schedule, loop_now_at());
	while (may_start(q) && (e = schedule_take(&q->schedule, loop_now_at())))
		if (!start(q, e))
			break;
	if (schedule_wants_load(&q->schedule, clock_wall_time_ms()))
		cond_signal(&q->wanted);
	set_timer(q);
}

WAITS void dispatch_run(void *arg)
{
	struct queue *q = arg;
	int r = 0;

	while (!q->closing && r >= 0) {
		if (!q->kicked) {
			r = cond_wait(&q->turn, "something due"); /* WAITS */
			continue;
		}
		q->kicked = false;
		turn(q);
	}
}
