/* rt/timer.h - the loop's time, and what is to happen at a time.  Floor 1: base/ only.
 *
 * What fibres need of the loop; the rest of it is in loop.h.
 */
#ifndef RT_TIMER_H
#define RT_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/* Monotonic ms, cached once a turn (a given clock is asked). */
int64_t loop_now_at(void);

/* A callback on the loop's stack at a time (CLOCK_NEVER: not at all).  A zeroed
 * one is valid and stopped.  Starting it again moves it; a start and a stop cost
 * tens of ns, and a start for later than before a few instructions.  Stop it
 * before its memory goes; nothing else is left behind. */
struct loop_timer {
	int64_t at;               /* when fn runs; CLOCK_NEVER: not */
	int64_t key;              /* its place in the queue: at or earlier */
	struct loop_timer *child; /* a pairing heap: first child, */
	struct loop_timer *next;  /* next sibling, */
	struct loop_timer *prev;  /* previous sibling or parent */
	bool queued;
	void (*fn)(void *arg);
	void *arg;
};
void loop_timer_start(struct loop_timer *t, int64_t at, void (*fn)(void *), void *arg);
void loop_timer_stop(struct loop_timer *t);

#endif
