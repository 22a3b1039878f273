/* rt/fibre_switch.c - birth, switch and death; running those that are ready.
 *
 * Every switch goes over the loop's stack: loop -> fibre -> loop.
 */
#include <assert.h>

#include "rt/fibre_san.h"
#include "rt/loop_impl.h"

enum { LIMIT_DEFAULT = 20000 };

struct fibres fibres = {
	.ready = LIST_INIT(fibres.ready),
	.yielded = LIST_INIT(fibres.yielded),
	.live = LIST_INIT(fibres.live),
	.pool = LIST_INIT(fibres.pool),
	.limit = LIMIT_DEFAULT,
};

static void fibre_main(struct transfer t)
{
	struct fibre *f = t.data;
	san_in_fibre(f);
	fibres.loop_ctx = t.fctx;
	f->fn(f->arg);
	san_leave_fibre(f, true);
	jump_fcontext(fibres.loop_ctx, f);
}

static void end(struct fibre *f)
{
	loop_timer_stop(&f->timer);
	if (f->nursery)
		nursery_child_gone(f);
	list_remove(&f->live);
	fibres.n_live--;
	san_fibre_dead(f);
	fibre_stack_give(f);
}

/* On the loop's stack: runs f until it parks or returns. */
static void enter(struct fibre *f)
{
	struct err_detail *outer = err_here;
	loop_awake();
	fibres.running = f;
	err_here = &f->err;
	f->waits_for = NULL;
	san_leave_loop(f);
	struct transfer t = jump_fcontext(f->ctx, f);
	san_back_in_loop();
	err_here = outer;
	fibres.running = NULL;
	if (t.data)
		end(f);
	else
		f->ctx = t.fctx;
}

void fibre_leave(struct fibre *f)
{
	san_leave_fibre(f, false);
	struct transfer t = jump_fcontext(fibres.loop_ctx, NULL);
	san_in_fibre(f);
	fibres.loop_ctx = t.fctx;
}

static int born(const char *name, void (*fn)(void *), void *arg, struct fibre **out)
{
	if (fibres.n_live >= fibres.limit)
		return err(ERR_LIMIT, "%zu fibres run already", fibres.n_live);
	struct fibre *f = fibre_stack_take();
	if (!f)
		return err_errno(ERR_NO_MEMORY, "stack of a fibre");
	*f = (struct fibre){ .stack = f->stack,
		             .stack_bytes = f->stack_bytes,
		             .valgrind = f->valgrind,
		             .name = name,
		             .fn = fn,
		             .arg = arg,
		             .deadline_at = CLOCK_NEVER,
		             .since_at = loop_now_at() };
	f->ctx = make_fcontext(f->stack + f->stack_bytes, f->stack_bytes, fibre_main);
	san_fibre_born(f);
	list_push_back(&fibres.live, &f->live);
	fibres.n_live++;
	*out = f;
	return 0;
}

int fibre_spawn_ref(const char *name, void (*fn)(void *), void *arg, struct fibre **out)
{
	struct fibre *f = NULL;
	int r = born(name, fn, arg, &f);
	if (r < 0)
		return r;
	list_push_back(&fibres.ready, &f->ready);
	*out = f;
	return 0;
}

int fibre_spawn(const char *name, void (*fn)(void *), void *arg)
{
	struct fibre *f;
	return fibre_spawn_ref(name, fn, arg, &f);
}

int fibre_run(const char *name, void (*fn)(void *), void *arg)
{
	struct fibre *f = NULL;
	assert(!fibres.running);
	int r = born(name, fn, arg, &f);
	if (r < 0)
		return r;
	enter(f);
	return 0;
}

void fibres_run(size_t n)
{
	while (n-- && !list_empty(&fibres.ready)) {
		struct fibre *f = LIST_FIRST(&fibres.ready, struct fibre, ready);
		list_remove(&f->ready);
		enter(f);
	}
}

void fibres_take_yielded(void)
{
	struct fibre *f, *tmp;
	LIST_EACH_SAFE(f, tmp, &fibres.yielded, ready) {
		list_remove(&f->ready);
		list_push_back(&fibres.ready, &f->ready);
	}
}

bool fibres_runnable(void)
{
	return !list_empty(&fibres.ready) || !list_empty(&fibres.yielded);
}

void fibres_cancel_all(void)
{
	struct fibre *f;
	LIST_EACH(f, &fibres.live, live)
		fibre_cancel(f);
}

void fibre_limit(size_t max)
{
	fibres.limit = max;
}

size_t fibre_count(void)
{
	return fibres.n_live;
}

size_t fibre_stack_high_water(void)
{
	size_t most = fibres.high_water, depth;
	struct fibre *f;
	LIST_EACH(f, &fibres.live, live)
		if ((depth = fibre_stack_depth(f)) > most)
			most = depth;
	LIST_EACH(f, &fibres.pool, live)
		if ((depth = fibre_stack_depth(f)) > most)
			most = depth;
	return most;
}

void fibre_each(void (*fn)(const char *name, const char *waits_for, int64_t since_at, void *arg),
                void *arg)
{
	struct fibre *f;
	LIST_EACH(f, &fibres.live, live)
		fn(f->name, f->waits_for, f->since_at, arg);
}
