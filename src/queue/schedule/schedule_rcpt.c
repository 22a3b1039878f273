/* queue/schedule/schedule_rcpt.c - one recipient among the entries.  See schedule.h. */
#include "queue/schedule/schedule.h"

static size_t position(const struct entry *e, uint32_t recipient)
{
	size_t i = 0;

	while (i < e->n_all && e->rcpts[i].recipient != recipient)
		i++;
	return i;
}

enum schedule_where schedule_find(const struct schedule *s, uint64_t message, struct span domain,
                                  uint32_t recipient, struct entry **out)
{
	const struct destination *d = map_get(&s->destinations, domain);
	struct entry *e = d ? schedule_index_find(&s->index, message, d, recipient) : NULL;

	if (!e)
		return SCHEDULE_NOWHERE;
	*out = e;
	if (e->stage == ENTRY_OVER || position(e, recipient) >= e->n_rcpts)
		return SCHEDULE_ENDED;
	return e->stage == ENTRY_RUNS ? SCHEDULE_RUNS : SCHEDULE_WAITS;
}

static void leave_line(struct destination *d, struct entry *e)
{
	list_remove(&e->ready);
	if (list_empty(&d->ready) && list_linked(&d->turn))
		list_remove(&d->turn);
}

/* Entries without recipients leave the heap when they are half of it, or when their time comes. */
static void sweep_heap(struct schedule *s)
{
	struct schedule_heap *h = &s->heap;
	size_t n_before = h->n, n = 0;

	if (s->n_empty <= n_before / 2)
		return;
	for (size_t i = 0; i < n_before; i++)
		if (h->slots[i].entry->n_rcpts)
			h->slots[n++] = h->slots[i];
		else
			schedule_done(s, h->slots[i].entry);
	h->n = n;
	s->n_empty = 0;
	schedule_heap_rebuild(h);
}

void schedule_withdraw(struct schedule *s, struct entry *e, uint32_t recipient)
{
	size_t i = position(e, recipient);

	e->n_all--;
	e->n_rcpts--;
	memmove(&e->rcpts[i], &e->rcpts[i + 1], (e->n_all - i) * sizeof *e->rcpts);
	if (e->n_rcpts)
		return;
	if (e->stage == ENTRY_READY) {
		leave_line(e->destination, e);
		schedule_done(s, e);
		return;
	}
	s->n_empty++;
	sweep_heap(s);
}

void schedule_revive(struct schedule *s, struct span domain, int64_t now_at)
{
	struct destination *d = map_get(&s->destinations, domain);

	if (d && health_is_dead(&d->health, now_at))
		d->health.dead_until_at = now_at;
}
