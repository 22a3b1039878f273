/* rt/loop.h - the one event loop of a process.  Floor 1: base/ only.
 *
 * libuv underneath.  All fibres of the process run on the loop's thread.
 *
 * A uv callback of ours calls loop_turn() last: the fibres that it woke run at
 * once, and none is ready when the loop goes to sleep.
 */
#ifndef RT_LOOP_H
#define RT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "base/err.h"
#include "rt/timer.h"

/* Starts the loop's machinery (fibre pool, watchdog with blocked_ms, 0 none).
 * Threads begin only at the first offload: enter the sandbox before that. */
NODISCARD int loop_init(int64_t blocked_ms);
/* While on, the log is not told of a loop that does not turn: a role starts, and nobody waits for
 * it yet.  One that is stuck for good is told all the same. */
void loop_excuse(bool on);
/* Runs until loop_stop(), or until nothing is left that could happen: no handle
 * is active, no timer runs, no fibre is ready.  Returns 0. */
int loop_run(void);
void loop_stop(void);
/* Cancels every fibre, runs until they have returned, closes what loop_init
 * opened.  Listeners and streams are closed by then. */
void loop_fini(void);
uv_loop_t *loop_uv(void);

/* A clock that somebody else owns (a test, a simulated world): clock_now_at() stands still
 * while anything is done.  Where the loop would sleep until a timer it calls pass, after
 * which clock_now_at() is to say `at`; so hours pass at once, and in the same order each time.
 * Work given to threads is waited for; what other processes and the network do is heard
 * only if it comes within calm_ms of real time. */
struct loop_clock {
	void (*pass)(void *arg, int64_t at);
	void *arg;
	int64_t calm_ms;
};
/* Before loop_init.  Borrowed; NULL: the system's clock. */
void loop_clock_use(const struct loop_clock *clock);

/* Runs the fibres that are ready.  Last in each uv callback; nothing inside a fibre. */
void loop_turn(void);

/* fn runs once before each time the loop would sleep (output is gathered in a
 * turn and written here: one system call for many small messages). */
struct loop_hook {
	void (*fn)(void *arg);
	void *arg;
	struct loop_hook *next;
};
void loop_before_sleep(struct loop_hook *hook);

#endif
