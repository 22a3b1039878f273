/* rt/loop.c - the turn: timers, input, fibres, hooks, sleep.
 *
 * libuv calls, in this order: timers, before_sleep, (epoll_wait), I/O callbacks,
 * after_sleep.  Each callback of ours ends with loop_turn(), so fibres run as soon
 * as what they waited for has come.
 */
#include <assert.h>

#include "base/clock.h"
#include "rt/fibre_impl.h"
#include "rt/log.h"
#include "rt/loop_impl.h"

enum {
	TURN_SWITCHES = 1024, /* most fibres run before the loop looks for input again */
	HOOK_ROUNDS = 8,
	LOG_AGAIN_MS = 100,
};

static struct {
	uv_loop_t uv;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_idle_t busy; /* active: the loop polls and does not sleep */
	struct loop_hook *hooks;
	struct loop_timer log;
	bool stopped;
} loop;

uv_loop_t *loop_uv(void)
{
	return &loop.uv;
}

int64_t loop_now_at(void)
{
	return loop_clock ? clock_now_at() : (int64_t)uv_now(&loop.uv);
}

void loop_turn(void)
{
	if (fibre_self())
		return;
	loop_stirred = true;
	fibres_run(TURN_SWITCHES);
}

/* Where nothing may have happened. */
static void turn_if_ready(void)
{
	if (!list_empty(&fibres.ready))
		loop_turn();
}

void loop_before_sleep(struct loop_hook *hook)
{
	hook->next = loop.hooks;
	loop.hooks = hook;
}

/* What the log's reader did not take is tried again before the next sleep. */
static void log_again(void *arg)
{
	(void)arg;
}

static void on_busy(uv_idle_t *h)
{
	(void)h;
}

/* Hooks may make fibres ready, and those may give the hooks work. */
static void before_sleep(uv_prepare_t *h)
{
	int rounds = HOOK_ROUNDS;
	(void)h;
	do {
		turn_if_ready();
		for (struct loop_hook *k = loop.hooks; k; k = k->next)
			k->fn(k->arg);
	} while (!list_empty(&fibres.ready) && --rounds);
	if (fibres_runnable())
		uv_idle_start(&loop.busy, on_busy);
	else
		uv_idle_stop(&loop.busy);
	watchdog_sleeps();
	if (!log_flush())
		loop_timer_start(&loop.log, loop_now_at() + LOG_AGAIN_MS, log_again, NULL);
}

static void after_sleep(uv_check_t *h)
{
	(void)h;
	loop_awake();
	fibres_take_yielded();
	turn_if_ready();
}

int loop_init(int64_t blocked_ms)
{
	int r = uv_loop_init(&loop.uv);
	if (r < 0)
		return err(ERR_IO, "event loop: %s", uv_strerror(r));
	loop.hooks = NULL;
	uv_prepare_init(&loop.uv, &loop.prepare);
	uv_check_init(&loop.uv, &loop.check);
	uv_idle_init(&loop.uv, &loop.busy);
	uv_prepare_start(&loop.prepare, before_sleep);
	uv_check_start(&loop.check, after_sleep);
	uv_unref((uv_handle_t *)&loop.prepare);
	uv_unref((uv_handle_t *)&loop.check);
	loop_timers_init(&loop.uv);
	loop_clock_init(&loop.uv);
	return watchdog_init(blocked_ms);
}

int loop_run(void)
{
	log_gather(true);
	do {
		if (fibres_runnable())
			uv_idle_start(&loop.busy, on_busy);
		uv_run(&loop.uv, UV_RUN_DEFAULT);
	} while (!loop.stopped && fibres_runnable());
	loop.stopped = false;
	watchdog_sleeps();
	log_gather(false);
	return 0;
}

void loop_stop(void)
{
	loop.stopped = true;
	uv_stop(&loop.uv);
}

void loop_fini(void)
{
	fibres_cancel_all();
	loop_run();
	watchdog_fini();
	loop_timer_stop(&loop.log);
	loop_timers_fini();
	loop_clock_fini();
	uv_close((uv_handle_t *)&loop.prepare, NULL);
	uv_close((uv_handle_t *)&loop.check, NULL);
	uv_close((uv_handle_t *)&loop.busy, NULL);
	uv_run(&loop.uv, UV_RUN_DEFAULT);
	int r = uv_loop_close(&loop.uv);
	assert(r == 0 && "a handle was left open");
	fibre_rest();
}
