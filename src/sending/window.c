/* sending/window.c - see window.h. */
#include "sending/window.h"

#include "base/clock.h"

static void roll(struct window *w, int64_t period_ms, int64_t now_at)
{
	int64_t since_ms = now_at - w->begin_at;

	if (!w->begin_at || since_ms >= 2 * period_ms)
		*w = (struct window){ .begin_at = now_at };
	else if (since_ms >= period_ms)
		*w = (struct window){ .begin_at = w->begin_at + period_ms, .before = w->now };
}

/* The share of n that lies left_ms of a period back at most; rounded up. */
static uint32_t share(uint32_t n, int64_t left_ms, int64_t period_ms)
{
	return (uint32_t)((n * left_ms + period_ms - 1) / period_ms);
}

uint32_t window_use(struct window *w, int64_t period_ms, int64_t now_at)
{
	roll(w, period_ms, now_at);
	return w->now + share(w->before, w->begin_at + period_ms - now_at, period_ms);
}

/* When the share of n is down to `most`, in a period that begins at begin_at. */
static int64_t down_at(int64_t begin_at, int64_t period_ms, uint32_t n, uint32_t most)
{
	return begin_at + (n > most ? period_ms - period_ms * most / n : 0);
}

int64_t window_opens_at(struct window *w, const struct config_rate *rate, uint32_t n,
                        int64_t now_at)
{
	if (n > rate->count)
		return CLOCK_NEVER;
	uint32_t most = rate->count - n;
	if (window_use(w, rate->period_ms, now_at) <= most)
		return now_at;
	return w->now <= most
	               ? down_at(w->begin_at, rate->period_ms, w->before, most - w->now)
	               : down_at(w->begin_at + rate->period_ms, rate->period_ms, w->now, most);
}

void window_add(struct window *w, int64_t period_ms, uint32_t n, int64_t now_at)
{
	roll(w, period_ms, now_at);
	w->now = n > UINT32_MAX - w->now ? UINT32_MAX : w->now + n;
}

void window_take_back(struct window *w, uint32_t n)
{
	w->now -= n < w->now ? n : w->now;
}
