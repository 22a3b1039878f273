/* auth/fair.c - see fair.h. */
#include "auth/fair.h"

void fair_init(struct fair *f)
{
	*f = (struct fair){ 0 };
	list_init(&f->items);
}

/* Behind the network's last, else in the present round. */
static uint64_t round_for(const struct fair *f, uint64_t network)
{
	const struct fair_item *it;
	uint64_t round = f->round;

	LIST_EACH(it, &f->items, node)
		if (it->network == network)
			round = it->round + 1;
	return round;
}

void fair_push(struct fair *f, struct fair_item *item)
{
	struct list *at = &f->items;

	item->round = round_for(f, item->network);
	while (at->prev != &f->items &&
	       CONTAINER(at->prev, struct fair_item, node)->round > item->round)
		at = at->prev;
	list_insert_before(at, &item->node);
	item->in = f;
	f->n++;
}

struct fair_item *fair_pop(struct fair *f)
{
	struct fair_item *first = LIST_FIRST(&f->items, struct fair_item, node);

	if (first) {
		f->round = first->round;
		fair_remove(first);
	}
	return first;
}

void fair_remove(struct fair_item *item)
{
	if (!item->in)
		return;
	list_remove(&item->node);
	item->in->n--;
	item->in = NULL;
}
