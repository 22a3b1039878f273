/* rt/loop_clock.c - a clock that somebody else owns: time passes when nothing else is left.
 *
 * While a timer is queued the loop polls.  A turn in which no callback of ours ran and
 * no fibre has seen all that was under way in this process; whatever is outside has
 * calm_ms of real time to be heard.  Then the clock is put to the earliest timer.
 */
#include <poll.h>

#include "base/clock.h"
#include "rt/loop_impl.h"

const struct loop_clock *loop_clock;
bool loop_stirred;
unsigned loop_elsewhere;

static uv_idle_t idle;

void loop_clock_use(const struct loop_clock *clock)
{
	loop_clock = clock;
}

/* Input, or what threads have done, ends the wait. */
static bool is_calm(void)
{
	struct pollfd any = { .fd = uv_backend_fd(idle.loop), .events = POLLIN };

	return poll(&any, 1, loop_elsewhere ? -1 : (int)loop_clock->calm_ms) == 0;
}

static void on_idle(uv_idle_t *h)
{
	int64_t next_at = loop_timers_next_at();
	(void)h;
	if (next_at > loop_now_at()) {
		bool stirred = loop_stirred;
		loop_stirred = false;
		if (stirred || !is_calm())
			return;
		loop_clock->pass(loop_clock->arg, next_at);
	}
	loop_timers_fire();
}

void loop_clock_arm(bool on)
{
	if (on)
		uv_idle_start(&idle, on_idle);
	else
		uv_idle_stop(&idle);
}

void loop_clock_init(uv_loop_t *uv)
{
	uv_idle_init(uv, &idle);
	loop_stirred = true;
}

void loop_clock_fini(void)
{
	uv_close((uv_handle_t *)&idle, NULL);
}
