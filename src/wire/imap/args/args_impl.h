/* wire/imap/args/args_impl.h - arrays in an arena that grow by one. */
#ifndef WIRE_IMAP_ARGS_ARGS_IMPL_H
#define WIRE_IMAP_ARGS_ARGS_IMPL_H

#include "base/arena.h"

/* Room for one more behind n elements: p itself, or a copy of twice the size; NULL without memory.
 */
static inline void *imap_room_for_one(struct arena *mem, void *p, size_t n, size_t size)
{
	void *bigger;

	if (n != 0 && (n < 4 || (n & (n - 1)) != 0))
		return p;
	bigger = arena_alloc_array(mem, n < 4 ? 4 : n * 2, size);
	if (bigger && n)
		memcpy(bigger, p, n * size);
	return bigger;
}

#endif
