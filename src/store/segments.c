/* store/segments.c - see segments.h. */
#include "store/segments.h"

#include <stdlib.h>
#include <string.h>

enum { NEEDED_SHARE = 4 }; /* one of so many parts; what is held is at most so many times needed */

void store_segments_fini(struct store_segments *all)
{
	free(all->v);
	*all = (struct store_segments){ 0 };
}

/* Index of the first whose number is not below. */
static size_t find(const struct store_segments *all, uint64_t number)
{
	size_t from = 0, to = all->n;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (all->v[middle].number < number)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct store_segment *store_segments_get(const struct store_segments *all, uint64_t number)
{
	size_t i = find(all, number);
	return i < all->n && all->v[i].number == number ? &all->v[i] : NULL;
}

int store_segments_add(struct store_segments *all, uint64_t number, uint64_t size)
{
	if (all->n == all->room) {
		size_t room = all->room ? 2 * all->room : 16;
		struct store_segment *more = reallocarray(all->v, room, sizeof *more);
		if (!more)
			return err(ERR_NO_MEMORY, "no memory for a segment");
		all->v = more;
		all->room = room;
	}
	size_t i = find(all, number);
	memmove(&all->v[i + 1], &all->v[i], (all->n - i) * sizeof *all->v);
	all->v[i] = (struct store_segment){ .number = number, .size = size };
	all->n++;
	return 0;
}

void store_segments_remove(struct store_segments *all, uint64_t number)
{
	size_t i = find(all, number);
	all->n--;
	memmove(&all->v[i], &all->v[i + 1], (all->n - i) * sizeof *all->v);
}

/* What it said of others may be stale by now: it is looked through again when as much was written
 * as all such segments hold. */
static bool is_fresh(const struct store_segments *all, const struct store_segment *s,
                     uint64_t written)
{
	uint64_t held = 0;
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].notes)
			held += all->v[i].size;
	return written - s->notes_at < held;
}

bool store_segment_is_sparse(const struct store_segments *all, const struct store_segment *s,
                             uint64_t written)
{
	if (!s->end || s->stuck || s->emptied || (s->cuts && store_segments_get(all, s->cuts)))
		return false;
	if (s->failed)
		return true;
	uint64_t most = s->size / NEEDED_SHARE;
	return s->alive < most && (s->alive + s->notes < most || !is_fresh(all, s, written));
}

bool store_segment_is_dead(const struct store_segment *s)
{
	return s->emptied && !s->alive && !s->leaving;
}
