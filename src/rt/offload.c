/* rt/offload.c - what blocks, on libuv's thread pool, while the fibre waits. */
#include "rt/fibre_impl.h"
#include "rt/loop_impl.h"

struct work {
	uv_work_t uv;
	int (*fn)(void *);
	void *arg;
	int result;
	struct fibre *fibre;
};

/* On a pool thread.  The fibre is parked, so its error record is free. */
static void run(uv_work_t *uv)
{
	struct work *w = uv->data;
	struct err_detail *outer = err_here;
	err_here = &w->fibre->err;
	w->result = w->fn(w->arg);
	err_here = outer;
}

static void done(uv_work_t *uv, int status)
{
	struct work *w = uv->data;
	(void)status;
	loop_elsewhere--;
	fibre_wake(w->fibre, w->result);
	loop_turn();
}

WAITS int offload(int (*fn)(void *arg), void *arg, const char *what)
{
	struct work w = { .uv.data = &w, .fn = fn, .arg = arg, .fibre = fibre_self() };
	if (uv_queue_work(loop_uv(), &w.uv, run, done) < 0)
		return err(ERR_BUG, "offload of %s", what);
	loop_elsewhere++;
	return fibre_wait_uncancelled(what);
}
