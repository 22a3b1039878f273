/* store/mailbox/box_load.c - rows in memory, while they are used and the budget lasts. */
#include <stdlib.h>

#include "store/mailbox/box_impl.h"

void box_unload(struct box *b)
{
	if (!b->loaded)
		return;
	b->set->loaded_octets -= b->loaded->octets;
	list_remove(&b->loaded->recent);
	box_array_fini(&b->loaded->array);
	free(TAKE(b->loaded));
}

/* Those used longest ago go; the latest stays, however large. */
static void keep_to_budget(struct box_set *s)
{
	while (s->loaded_octets > s->c.arrays_bytes && s->loaded.prev != s->loaded.next)
		box_unload(CONTAINER(s->loaded.prev, struct box_loaded, recent)->b);
}

void box_loaded_resized(struct box *b)
{
	struct box_loaded *l = b->loaded;
	size_t octets = sizeof *l + l->array.room * sizeof *l->array.rows;
	b->set->loaded_octets += octets - l->octets;
	l->octets = octets;
	list_remove(&l->recent);
	list_push_front(&b->set->loaded, &l->recent);
	keep_to_budget(b->set);
}

struct load {
	int dir;
	struct idx_expect expect;
	struct box_array array;
	struct idx_file file;
};

static int load_run(void *arg)
{
	struct load *l = arg;
	return idx_load(l->dir, &l->expect, &l->array, &l->file);
}

static int apply_ops(const struct list *ops, struct box_array *a)
{
	const struct box_op *op;
	int r = 0;
	LIST_EACH(op, ops, link)
		if (r == 0)
			r = box_op_to_array(op, a);
	return r;
}

/* What the file does not have yet, then it is the box's. */
static int install(struct box *b, struct load *l)
{
	struct list *folding = box_folding_ops(b);
	struct box_loaded *loaded = calloc(1, sizeof *loaded);
	int r = loaded ? 0 : err(ERR_NO_MEMORY, "no memory for the rows of a mailbox");
	if (r == 0 && folding)
		r = apply_ops(folding, &l->array);
	if (r == 0)
		r = apply_ops(&b->ops, &l->array);
	if (r < 0) {
		free(loaded);
		return r;
	}
	loaded->b = b;
	loaded->array = l->array;
	l->array = (struct box_array){ 0 };
	b->loaded = loaded;
	const struct box_sums *sums = &loaded->array.sums;
	b->numbers.exists = sums->exists;
	b->numbers.unseen = sums->unseen;
	b->numbers.deleted = sums->deleted;
	b->numbers.octets = sums->octets;
	b->summed = true;
	if (b->numbers.floor < l->file.header.floor)
		b->numbers.floor = l->file.header.floor;
	box_loaded_resized(b);
	return 0;
}

/* 1: a fold ended meanwhile, what was read may miss what it wrote. */
static WAITS int load_once(struct box *b)
{
	struct load l = { .dir = b->set->c.dir, .expect = box_expect(b) };
	struct box_set *s = b->set;
	unsigned folds = b->folds;
	b->loading = true;
	b->refs++;
	int r = offload(load_run, &l, "the rows of a mailbox");
	b->loading = false;
	cond_broadcast(&s->load_ended);
	if (b->removed)
		r = err(ERR_NOT_FOUND, "the mailbox was removed");
	else if (folds != b->folds)
		r = 1;
	else if (r == 0)
		r = install(b, &l);
	if (r == ERR_CORRUPT) {
		box_damaged(b, err_str(r));
		err_clear();
		r = ERR_DAMAGED;
	}
	box_array_fini(&l.array);
	box_unref(b);
	return r;
}

WAITS int box_load(struct box *b)
{
	int r = 0;
	b->refs++;
	while (r >= 0 && !b->loaded) {
		if (b->removed)
			r = err(ERR_NOT_FOUND, "the mailbox was removed");
		else if (b->loading)
			r = cond_wait(&b->set->load_ended, "the rows of a mailbox");
		else
			r = load_once(b);
	}
	if (b->loaded) {
		list_remove(&b->loaded->recent);
		list_push_front(&b->set->loaded, &b->loaded->recent);
		r = 0;
	}
	box_unref(b);
	return r;
}
