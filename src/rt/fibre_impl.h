/* rt/fibre_impl.h - the fibre itself: for fibre*.c, cond.c, nursery.c, offload.c. */
#ifndef RT_FIBRE_IMPL_H
#define RT_FIBRE_IMPL_H

#include "rt/fibre.h"
#include "rt/timer.h"

/* boost.context's C symbols; its own header is C++. */
typedef void *fcontext_t;
struct transfer {
	fcontext_t fctx;
	void *data;
};
struct transfer jump_fcontext(fcontext_t to, void *vp);
fcontext_t make_fcontext(void *sp, size_t size, void (*fn)(struct transfer));

/* Lives at the top of its own stack. */
struct fibre {
	fcontext_t ctx;    /* where it goes on, while it does not run */
	struct list ready; /* in fibres.ready or fibres.yielded */
	struct list live;  /* in fibres.live; in fibres.pool when dead */
	const char *name;
	const char *waits_for; /* NULL: runnable */
	int64_t since_at;      /* when it began to wait, or became runnable */
	void (*fn)(void *);
	void *arg;
	int64_t deadline_at;
	struct loop_timer timer; /* may still run for an earlier wait */
	int result;              /* of the wait */
	bool parked;             /* nobody has woken it yet */
	bool cancellable;        /* the present wait is */
	bool cancelled;
	struct nursery *nursery;
	struct list sibling; /* in nursery->children */
	struct err_detail err;
	char *stack; /* lowest usable octet */
	size_t stack_bytes;
	void *asan_fake;
	void *tsan;
	unsigned valgrind;
};

/* Global by name, for tools/gdb/fibres.py. */
extern struct fibres {
	struct fibre *running;
	struct list ready;
	struct list yielded; /* ready after the loop has looked for input */
	struct list live;
	struct list pool;
	size_t n_live, n_pool, limit;
	size_t high_water;   /* deepest use of a stack that is gone */
	fcontext_t loop_ctx; /* the loop's stack, while a fibre runs */
	const void *loop_stack;
	size_t loop_stack_bytes;
	void *loop_fake, *loop_tsan;
} fibres;

/* Runs at most n ready fibres. */
void fibres_run(size_t n);
/* Puts those that yielded among the ready. */
void fibres_take_yielded(void);
bool fibres_runnable(void);
void fibres_cancel_all(void);

/* Switches to the loop; returns when f is entered again. */
void fibre_leave(struct fibre *f);
/* Parks the running fibre until woken or until_at; cancellation ends it if cancellable. */
WAITS int fibre_park(const char *what, int64_t until_at, bool cancellable);
WAITS int cond_wait_uncancelled(struct cond *c, const char *what);

/* A stack with its fibre at the top, of which only stack, stack_bytes and valgrind
 * are set; NULL: out of memory. */
struct fibre *fibre_stack_take(void);
void fibre_stack_give(struct fibre *f);
/* Octets of the stack that were ever used. */
size_t fibre_stack_depth(const struct fibre *f);

void nursery_child_gone(struct fibre *f);

#endif
