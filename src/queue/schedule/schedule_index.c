/* queue/schedule/schedule_index.c - see schedule_index.h. */
#include "queue/schedule/schedule_index.h"

#include <stdlib.h>

#include "queue/schedule/entry.h"

enum { ROOM_MIN = 64 };

static struct entry **bucket(struct entry **buckets, size_t room, uint64_t message,
                             const struct destination *d)
{
	uint64_t key = message * 0x9e3779b97f4a7c15u ^ (uint64_t)(uintptr_t)d * 0xc2b2ae3d27d4eb4fu;

	return &buckets[(key >> 32 ^ key >> 12) & (room - 1)];
}

void schedule_index_fini(struct schedule_index *x)
{
	free(x->buckets);
	*x = (struct schedule_index){ 0 };
}

static int grow(struct schedule_index *x)
{
	size_t room = x->room ? 2 * x->room : ROOM_MIN;
	struct entry **buckets = calloc(room, sizeof *buckets);

	if (!buckets)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < x->room; i++) {
		for (struct entry *e = x->buckets[i], *next; e; e = next) {
			struct entry **to = bucket(buckets, room, e->message, e->destination);

			next = e->chain;
			e->chain = *to;
			*to = e;
		}
	}
	free(x->buckets);
	x->buckets = buckets;
	x->room = room;
	return 0;
}

int schedule_index_put(struct schedule_index *x, struct entry *e)
{
	struct entry **to;

	if (x->n == x->room && grow(x) < 0 && !x->room)
		return ERR_NO_MEMORY;
	to = bucket(x->buckets, x->room, e->message, e->destination);
	e->chain = *to;
	*to = e;
	x->n++;
	return 0;
}

void schedule_index_remove(struct schedule_index *x, struct entry *e)
{
	struct entry **at = bucket(x->buckets, x->room, e->message, e->destination);

	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	x->n--;
}

/* The recipients still to be delivered to rise; those that are done count too. */
static bool entry_has(const struct entry *e, uint32_t recipient)
{
	size_t from = 0, to = e->n_rcpts;

	while (from < to) {
		size_t mid = (from + to) / 2;

		if (e->rcpts[mid].recipient == recipient)
			return true;
		if (e->rcpts[mid].recipient < recipient)
			from = mid + 1;
		else
			to = mid;
	}
	for (size_t i = e->n_rcpts; i < e->n_all; i++)
		if (e->rcpts[i].recipient == recipient)
			return true;
	return false;
}

struct entry *schedule_index_find(const struct schedule_index *x, uint64_t message,
                                  const struct destination *d, uint32_t recipient)
{
	if (!x->room)
		return NULL;
	for (struct entry *e = *bucket(x->buckets, x->room, message, d); e; e = e->chain)
		if (e->message == message && e->destination == d && entry_has(e, recipient))
			return e;
	return NULL;
}

void schedule_index_each(struct schedule_index *x, void (*fn)(struct entry *e, void *arg),
                         void *arg)
{
	for (size_t i = 0; i < x->room; i++)
		for (struct entry *e = x->buckets[i], *next; e; e = next) {
			next = e->chain;
			fn(e, arg);
		}
}
