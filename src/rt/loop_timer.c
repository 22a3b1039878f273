/* rt/loop_timer.c - many timers on one uv timer.
 *
 * A deadline is set and moved with every wait and hardly ever comes.  So a timer
 * that is moved to a later time stays where it is in the queue; when its old time
 * comes it is put at the new one.  The queue is a pairing heap through the timers
 * themselves: putting one in is a few stores and cannot fail.
 */
#include "base/clock.h"
#include "rt/loop_impl.h"

static struct {
	uv_timer_t uv;
	struct loop_timer *root; /* the earliest */
	int64_t armed_at;        /* when uv fires, if active */
	int64_t least_at;        /* while firing: what starts now fires in a later turn */
} timers;

static struct loop_timer *meld(struct loop_timer *a, struct loop_timer *b)
{
	if (!a || !b)
		return a ? a : b;
	if (b->key < a->key) {
		struct loop_timer *t = a;
		a = b;
		b = t;
	}
	b->prev = a;
	b->next = a->child;
	if (a->child)
		a->child->prev = b;
	a->child = b;
	return a;
}

/* Melds siblings in pairs from the left, then the pairs from the right. */
static struct loop_timer *meld_all(struct loop_timer *first)
{
	struct loop_timer *pairs = NULL, *all = NULL;
	while (first) {
		struct loop_timer *a = first, *b = a->next;
		first = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct loop_timer *t = pairs;
		pairs = t->next;
		t->next = NULL;
		all = meld(all, t);
	}
	return all;
}

static void queue_put(struct loop_timer *t, int64_t key)
{
	t->key = key;
	t->child = t->next = t->prev = NULL;
	t->queued = true;
	timers.root = meld(timers.root, t);
}

static void queue_remove(struct loop_timer *t)
{
	struct loop_timer *below = meld_all(t->child);
	if (t == timers.root) {
		timers.root = below;
	} else {
		if (t->prev->child == t)
			t->prev->child = t->next;
		else
			t->prev->next = t->next;
		if (t->next)
			t->next->prev = t->prev;
		timers.root = meld(timers.root, below);
	}
	t->child = t->next = t->prev = NULL;
	t->queued = false;
}

static void on_time(uv_timer_t *uv)
{
	(void)uv;
	loop_timers_fire();
}

static void arm(void)
{
	int64_t now = loop_now_at();
	if (loop_clock) {
		loop_clock_arm(timers.root != NULL);
		return;
	}
	if (!timers.root) {
		uv_timer_stop(&timers.uv);
		return;
	}
	if (uv_is_active((uv_handle_t *)&timers.uv) && timers.armed_at <= timers.root->key)
		return;
	timers.armed_at = timers.root->key;
	uv_timer_start(&timers.uv, on_time,
	               timers.armed_at > now ? (uint64_t)(timers.armed_at - now) : 0, 0);
}

int64_t loop_timers_next_at(void)
{
	return timers.root ? timers.root->key : CLOCK_NEVER;
}

void loop_timers_fire(void)
{
	int64_t now = loop_now_at();
	timers.least_at = now + 1;
	while (timers.root && timers.root->key <= now) {
		struct loop_timer *t = timers.root;
		queue_remove(t);
		if (t->at <= t->key) {
			t->at = CLOCK_NEVER;
			t->fn(t->arg);
		} else if (t->at != CLOCK_NEVER) {
			queue_put(t, t->at);
		}
	}
	timers.least_at = INT64_MIN;
	arm();
	loop_turn();
}

void loop_timer_start(struct loop_timer *t, int64_t at, void (*fn)(void *), void *arg)
{
	t->at = at;
	t->fn = fn;
	t->arg = arg;
	if (at == CLOCK_NEVER || (t->queued && t->key <= at))
		return;
	if (t->queued)
		queue_remove(t);
	queue_put(t, at < timers.least_at ? timers.least_at : at);
	arm();
}

void loop_timer_stop(struct loop_timer *t)
{
	t->at = CLOCK_NEVER;
	if (!t->queued)
		return;
	queue_remove(t);
	if (!timers.root)
		arm();
}

void loop_timers_init(uv_loop_t *uv)
{
	timers.root = NULL;
	timers.least_at = INT64_MIN;
	uv_timer_init(uv, &timers.uv);
}

void loop_timers_fini(void)
{
	uv_close((uv_handle_t *)&timers.uv, NULL);
}
