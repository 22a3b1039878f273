/* sending/window.h - how much there was within a period that ends now.  Pure; the time is passed
 * in.
 *
 * Two numbers: of the period that runs, and of the one before, of which counts what still lies
 * within one period.  So nothing is given free at a full hour, and no event is kept.
 */
#ifndef SENDING_WINDOW_H
#define SENDING_WINDOW_H

#include "config/config_rates.h"

struct window {
	int64_t begin_at; /* 0: nothing yet */
	uint32_t before, now;
};

/* Within the period that ends at now_at. */
uint32_t window_use(struct window *w, int64_t period_ms, int64_t now_at);
/* When n more fit: now_at, later, or CLOCK_NEVER where n is more than the rate's count. */
int64_t window_opens_at(struct window *w, const struct config_rate *rate, uint32_t n,
                        int64_t now_at);
void window_add(struct window *w, int64_t period_ms, uint32_t n, int64_t now_at);
/* What was added a moment ago did not happen. */
void window_take_back(struct window *w, uint32_t n);

#endif
