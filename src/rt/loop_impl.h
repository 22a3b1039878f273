/* rt/loop_impl.h - what loop.c, loop_timer.c, watchdog.c and the fibres tell one another. */
#ifndef RT_LOOP_IMPL_H
#define RT_LOOP_IMPL_H

#include <stdatomic.h>

#include "rt/loop.h"

void loop_timers_init(uv_loop_t *uv);
void loop_timers_fini(void);
/* When the earliest timer is due; CLOCK_NEVER: there is none. */
int64_t loop_timers_next_at(void);
/* Runs what is due, and the fibres that it woke. */
void loop_timers_fire(void);

/* The clock given by loop_clock_use; NULL: the system's. */
extern const struct loop_clock *loop_clock;
/* A callback or a fibre ran.  Work given to threads that is not told yet.  Both for loop_clock.c.
 */
extern bool loop_stirred;
extern unsigned loop_elsewhere;
void loop_clock_init(uv_loop_t *uv);
void loop_clock_fini(void);
/* Instead of the uv timer: a timer is queued or none is. */
void loop_clock_arm(bool on);

/* The watchdog reports a loop that stays awake for blocked_ms without sleeping
 * (or polling) once; 0 is none. */
NODISCARD int watchdog_init(int64_t blocked_ms);
void watchdog_fini(void);
/* The loop is about to sleep; has woken. */
void watchdog_sleeps(void);
void watchdog_wakes(void);

/* Odd while the loop sleeps; counts on at each change.  Read by the watchdog's signal. */
extern atomic_uint loop_phase;

/* Called where work begins; costs a load unless it is the turn's first. */
static inline void loop_awake(void)
{
	if (atomic_load_explicit(&loop_phase, memory_order_relaxed) & 1)
		watchdog_wakes();
}

#endif
