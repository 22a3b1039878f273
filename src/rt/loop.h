/* rt/loop.h - the one event loop of a process.  Floor 1: base/ only.
 *
 * libuv underneath.  All fibres of the process run on the loop's thread.
 */
#ifndef RT_LOOP_H
#define RT_LOOP_H

#include <uv.h>

#include "base/err.h"

/* Starts the loop's machinery (fibre pool, watchdog with blocked_ms, 0 none).
 * Threads begin only at the first offload: enter the sandbox before that. */
NODISCARD int loop_init(int64_t blocked_ms);
/* Runs until loop_stop() and nothing is left, or loop_stop(true). */
int  loop_run(void);
void loop_stop(void);
void loop_fini(void);
uv_loop_t *loop_uv(void);
/* Monotonic ms, cached once a turn. */
int64_t loop_now_at(void);

/* fn runs once before each time the loop would sleep (output is gathered in a
 * turn and written here: one system call for many small messages). */
struct loop_hook {
	void (*fn)(void *arg);
	void             *arg;
	struct loop_hook *next;
};
void loop_before_sleep(struct loop_hook *hook);

/* A callback on the loop's stack at a time, or when cancelled never. */
struct loop_timer {
	uv_timer_t uv;
	void (*fn)(void *arg);
	void *arg;
};
void loop_timer_start(struct loop_timer *t, int64_t at, void (*fn)(void *), void *arg);
void loop_timer_stop(struct loop_timer *t);

#endif
