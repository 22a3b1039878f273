/* rt/cond.c - conditions: fibres wait for one in order. */
#include "rt/fibre_impl.h"

struct waiter {
	struct list node;
	struct fibre *fibre;
};

void cond_init(struct cond *c)
{
	list_init(&c->waiters);
}

static WAITS int wait(struct cond *c, const char *what, bool cancellable)
{
	struct waiter w = { .fibre = fibre_self() };
	list_push_back(&c->waiters, &w.node);
	int r = cancellable ? fibre_wait(what) : fibre_wait_uncancelled(what);
	list_remove(&w.node);
	return r;
}

WAITS int cond_wait(struct cond *c, const char *what)
{
	return wait(c, what, true);
}

WAITS int cond_wait_uncancelled(struct cond *c, const char *what)
{
	return wait(c, what, false);
}

/* Passes over those whose deadline or cancellation came first: the signal is not lost. */
void cond_signal(struct cond *c)
{
	struct waiter *w;
	while ((w = LIST_FIRST(&c->waiters, struct waiter, node))) {
		bool parked = w->fibre->parked;
		list_remove(&w->node);
		fibre_wake(w->fibre, 0);
		if (parked)
			return;
	}
}

void cond_broadcast(struct cond *c)
{
	while (!list_empty(&c->waiters))
		cond_signal(c);
}
