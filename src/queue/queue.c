/* queue/queue.c - begins and ends the process's queue.  See queue.h. */
#include "queue/queue.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/event.h"
#include "metrics/metrics.h"
#include "queue/dispatch.h"
#include "queue/orders/order.h"
#include "queue/state/load.h"
#include "wire/smtp/verdict/verdict.h"

enum { STOP_COURIER_MS = 5000 };
enum { EVENT_OCTETS = 1024 }; /* a changes in memory may have on average */

/* What an attempt came to, and what somebody ordered; not each step there, nor what a setting
 * holds. */
static void log_state(const struct record_change *f)
{
	char id[ID_TEXT_LEN + 1];
	bool ordered = f->who.n && !span_eq(f->who, SPAN(QUEUE_BY_SETTING));

	id_print(f->message, id);
	if (ordered)
		event_log(EVENT_recipient_ordered,
		          "id=%s recipient=%.*s state=%s who=%.*s why=%.*s", id,
		          SPAN_ARG(f->address), recipient_state_name(f->state), SPAN_ARG(f->who),
		          SPAN_ARG(f->why));
	else if (f->state == RECIPIENT_DELIVERED && !f->code)
		event_log(EVENT_recipient_state, "id=%s recipient=%.*s state=delivered text=%.*s",
		          id, SPAN_ARG(f->address), SPAN_ARG(f->text));
	else if (f->state != RECIPIENT_TRYING && f->state != RECIPIENT_QUEUED &&
	         f->state != RECIPIENT_HELD)
		event_log(EVENT_recipient_state,
		          "id=%s recipient=%.*s state=%s attempt=%u class=%s code=%u host=%.*s "
		          "text=%.*s",
		          id, SPAN_ARG(f->address), recipient_state_name(f->state), f->attempt,
		          smtp_class_name(f->class), f->code, SPAN_ARG(f->remote_host),
		          SPAN_ARG(f->text));
}

static void count(const struct record_change *f)
{
	if (recipient_state_is_final(f->state) || f->state == RECIPIENT_DEFERRED)
		metrics_add(METRIC_ENDED, f->class, f->state, 1);
	if (f->elapsed_ms > 0)
		metrics_time(METRIC_ATTEMPT, 0, 0, f->elapsed_ms * 1000);
}

static void on_change(const struct record_change *f, void *arg)
{
	struct queue *q = arg;

	count(f);
	changes_add(&q->changes, f);
	log_state(f);
}

static int init(struct queue *q, const struct settings *set, struct store *sp)
{
	size_t kept = set->store_changes_kept > 0 ? (size_t)set->store_changes_kept : 1;
	int r;

	*q = (struct queue){ .set = set,
		             .store = sp,
		             .started_seq = store_seq(sp),
		             .started_ms = clock_wall_time_ms(),
		             .started_at = loop_now_at() };
	r = retry_rule_from(set, &q->rule);
	if (r >= 0)
		r = config_routes(&set->delivery_routes, &q->mem, &q->routes.v);
	if (r < 0)
		return r;
	q->routes.n = set->delivery_routes.n;
	r = changes_init(&q->changes, kept, kept * EVENT_OCTETS, store_seq(sp));
	if (r < 0)
		return r;
	schedule_init(&q->schedule, (size_t)set->delivery_memory,
	              (size_t)set->delivery_per_destination);
	blobs_init(&q->blobs);
	list_init(&q->accepting);
	nursery_init(&q->fibres);
	cond_init(&q->wanted);
	cond_init(&q->turn);
	cond_init(&q->page_free);
	list_init(&q->orders);
	return 0;
}

int queue_reload(struct queue *q)
{
	struct config_route *routes;
	struct retry_rule rule;
	int r = retry_rule_from(q->set, &rule);

	if (r >= 0)
		r = config_routes(&q->set->delivery_routes, &q->mem, &routes);
	if (r < 0)
		return r;
	q->rule = rule;
	q->routes.v = routes;
	q->routes.n = q->set->delivery_routes.n;
	q->schedule.per_destination = (size_t)q->set->delivery_per_destination;
	queue_kick(q);
	return 0;
}

static void fini(struct queue *q)
{
	order_wait_fini(q);
	schedule_fini(&q->schedule);
	blobs_fini(&q->blobs);
	changes_fini(&q->changes);
	arena_fini(&q->mem);
	free(q);
}

static WAITS void loader(void *arg)
{
	if (order_start(arg) >= 0) /* WAITS */
		load_run(arg);     /* WAITS */
}

WAITS int queue_open(const struct settings *set, struct store *sp, struct queue **out)
{
	struct queue *q = malloc(sizeof *q);
	int r;

	if (!q)
		return err(ERR_NO_MEMORY, "no memory for the queue");
	r = init(q, set, sp);
	if (r < 0) {
		arena_fini(&q->mem);
		free(q);
		return r;
	}
	schedule_left_on_disk(&q->schedule, 1); /* what is held has no time */
	queue_here = q;
	r = nursery_spawn(&q->fibres, "queue dispatcher", dispatch_run, q);
	if (r >= 0)
		r = nursery_spawn(&q->fibres, "queue loader", loader, q);
	if (r < 0) {
		q->closing = true;
		cond_broadcast(&q->turn);
		(void)!nursery_wait(&q->fibres); /* WAITS */
		queue_here = NULL;
		fini(q);
		return r;
	}
	q->follower = (struct store_follower){ .fn = on_change, .arg = q };
	store_follow(sp, &q->follower);
	*out = q;
	return 0;
}

/* Attempts end, but for those that wait for the answer to their dot. */
static WAITS void stop_courier(void)
{
	FIBRE_TIMEOUT(STOP_COURIER_MS);
	AUTO_ARENA mem = { 0 };
	struct courier_stop_args args = { 0 };
	struct courier_stop_reply got;

	if (courier_stop(&args, &mem, &got) >= 0 && got.waiting) /* WAITS */
		event_log(EVENT_stop_waits, "answers=%u", got.waiting);
}

WAITS void queue_close(struct queue *q)
{
	q->closing = true;
	loop_timer_stop(&q->timer);
	cond_broadcast(&q->wanted);
	cond_broadcast(&q->turn);
	changes_wake_all(&q->changes);
	stop_courier();
	/* Attempts that the deadline cuts short are on disk as they were before. */
	(void)!nursery_wait(&q->fibres); /* WAITS */
	q->closer = fibre_self();
	while (q->n_calls)
		(void)!fibre_wait_uncancelled("calls to end"); /* WAITS */
	store_unfollow(&q->follower);
	queue_here = NULL;
	fini(q);
}
