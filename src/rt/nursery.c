/* rt/nursery.c - groups of fibres that end together. */
#include "rt/fibre_impl.h"

void nursery_init(struct nursery *n)
{
	list_init(&n->children);
	n->n = 0;
	cond_init(&n->gone);
}

int nursery_spawn(struct nursery *n, const char *name, void (*fn)(void *), void *arg)
{
	struct fibre *f;
	int r = fibre_spawn_ref(name, fn, arg, &f);
	if (r < 0)
		return r;
	f->nursery = n;
	list_push_back(&n->children, &f->sibling);
	n->n++;
	return 0;
}

void nursery_child_gone(struct fibre *f)
{
	list_remove(&f->sibling);
	if (--f->nursery->n == 0)
		cond_broadcast(&f->nursery->gone);
}

void nursery_cancel(struct nursery *n)
{
	struct fibre *f;
	LIST_EACH(f, &n->children, sibling)
		fibre_cancel(f);
}

WAITS int nursery_wait(struct nursery *n)
{
	int r = 0;
	while (n->n && r >= 0)
		r = cond_wait(&n->gone, "children");
	if (r < 0)
		nursery_cancel(n);
	while (n->n)
		cond_wait_uncancelled(&n->gone, "cancelled children");
	return r;
}
