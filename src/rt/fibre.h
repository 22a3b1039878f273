/* rt/fibre.h - stackful fibres: conversations that read top to bottom.
 *
 * Floor 1.  A fibre runs until it calls a function marked WAITS; then others
 * run.  It never changes thread.  Stacks are 64 KiB with a guard page, pooled.
 * Each fibre has an absolute deadline and may be cancelled; both surface in the
 * next (or present) wait as ERR_TIMEOUT and ERR_CANCELLED.  Known to ASan, TSan
 * and Valgrind; tools/gdb/fibres.py prints every parked one.
 */
#ifndef RT_FIBRE_H
#define RT_FIBRE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/list.h"

enum { FIBRE_STACK_BYTES = 64 << 10, FIBRE_POOL_MAX = 256 };

struct fibre;

/* Starts fn(arg) in a fibre of its own at the next turn at latest.  name is
 * borrowed for ever.  ERR_LIMIT past fibre_limit(), ERR_NO_MEMORY. */
NODISCARD int fibre_spawn(const char *name, void (*fn)(void *), void *arg);
/* As fibre_spawn and tells the fibre, for fibre_wake and fibre_cancel; valid until fn returns. */
NODISCARD int fibre_spawn_ref(const char *name, void (*fn)(void *), void *arg, struct fibre **out);
/* Runs fn(arg) in a fibre at once, before returning to the caller (which must be
 * on the loop's stack, in a uv callback that ends with loop_turn()). */
NODISCARD int fibre_run(const char *name, void (*fn)(void *), void *arg);

struct fibre *fibre_self(void); /* NULL on the loop's stack */
const char *fibre_name(const struct fibre *f);

/* The deadline of the running fibre; CLOCK_NEVER at birth.  Setting returns the old one. */
int64_t fibre_deadline(void);
int64_t fibre_deadline_set(int64_t at);
/* Narrows the deadline to now + ms until the scope ends:  FIBRE_TIMEOUT(5000); */
#define FIBRE_TIMEOUT(ms)      FIBRE_TIMEOUT_(ms, __LINE__)
#define FIBRE_TIMEOUT_(ms, at) FIBRE_TIMEOUT__(ms, at)
#define FIBRE_TIMEOUT__(ms, at)                                                                    \
	AUTO(fibre_deadline_restore)                                                               \
	UNUSED int64_t fibre_old_deadline_##at = fibre_deadline_narrow(ms)
int64_t fibre_deadline_narrow(int64_t ms);
void fibre_deadline_restore(int64_t *old);

/* Parks the running fibre until fibre_wake, its deadline, or cancellation.
 * what: borrowed for ever, for the list of fibres.  Returns the waker's result,
 * ERR_TIMEOUT or ERR_CANCELLED. */
WAITS int fibre_wait(const char *what);
/* As fibre_wait, but neither cancellation nor the deadline ends it: for clean-up
 * that must finish. */
WAITS int fibre_wait_uncancelled(const char *what);
/* Makes a parked fibre run with that result; no-op when it was woken already. */
void fibre_wake(struct fibre *f, int result);
/* Every present and later wait of f returns ERR_CANCELLED. */
void fibre_cancel(struct fibre *f);
bool fibre_cancelled(void);
/* 0 after ms; the deadline and cancellation end it earlier. */
WAITS int fibre_sleep(int64_t ms);
/* Lets the others run once, and the loop look for input.  0, or ERR_TIMEOUT or
 * ERR_CANCELLED after that. */
WAITS int fibre_yield(void);

/* A condition: fibres wait for it in order. */
struct cond {
	struct list waiters;
};
void cond_init(struct cond *c);
WAITS int cond_wait(struct cond *c, const char *what);
void cond_signal(struct cond *c);    /* wakes the one that has waited longest */
void cond_broadcast(struct cond *c); /* wakes all */

/* A group of fibres that ends together. */
struct nursery {
	struct list children;
	size_t n;
	struct cond gone;
};
void nursery_init(struct nursery *n);
NODISCARD int nursery_spawn(struct nursery *n, const char *name, void (*fn)(void *), void *arg);
void nursery_cancel(struct nursery *n);
/* Until every child has returned.  On ERR_TIMEOUT or ERR_CANCELLED the children
 * are cancelled and still waited for, then that error is returned. */
WAITS int nursery_wait(struct nursery *n);

/* Runs fn(arg) on a pool thread and waits for it (never cut short: fn owns arg
 * until it returns).  For what blocks: fsync, open, password hashes.  Returns
 * what fn returned; err() in fn writes to the waiting fibre's record. */
WAITS int offload(int (*fn)(void *arg), void *arg, const char *what);

/* Gives back the stacks that are kept for the next fibres. */
void fibre_rest(void);

/* Most fibres at once (default 20,000), fibres now, deepest stack use seen in bytes. */
void fibre_limit(size_t max);
size_t fibre_count(void);
size_t fibre_stack_high_water(void);
/* Calls fn for each live fibre: name, what it waits for (NULL: runnable), since when. */
void fibre_each(void (*fn)(const char *name, const char *waits_for, int64_t since_at, void *arg),
                void *arg);

#endif
