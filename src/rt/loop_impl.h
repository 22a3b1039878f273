/* rt/loop_impl.h - what loop.c, loop_timer.c, watchdog.c and the fibres tell one another. */
#ifndef RT_LOOP_IMPL_H
#define RT_LOOP_IMPL_H

#include <stdatomic.h>

#include "rt/loop.h"

void loop_timers_init(uv_loop_t *uv);
void loop_timers_fini(void);

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
