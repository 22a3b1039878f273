/* base/map.h - hash map from octets to pointers.
 *
 * Floor 0.  Open addressing; SipHash-1-3 with a random key a process, since
 * peers choose many of the keys.  Keys are borrowed: they live in the value.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/span.h"

struct map_slot;

struct map {
	struct map_slot *slots;
	size_t n;    /* entries */
	size_t room; /* slots, 0 or a power of two */
	size_t dead; /* tombstones */
};

void map_fini(struct map *m); /* frees the table, not the values */
void *map_get(const struct map *m, struct span key);
/* Adds or replaces; *old (may be NULL) gets what was there.  0 or ERR_NO_MEMORY;
 * ERR_BUG: value is NULL, which map_get could not tell from nothing. */
NODISCARD int map_put(struct map *m, struct span key, void *value, void **old);
/* Removes and returns the value, or NULL. */
void *map_remove(struct map *m, struct span key);
/* Walks all: start with *pos = 0; NULL at the end.  Removing the value just
 * returned is permitted, adding is not. */
void *map_next(const struct map *m, size_t *pos);

#define MAP_EACH(it, m) for (size_t pos_ = 0; (it = map_next((m), &pos_));)

/* The hash itself, for tables of other shapes; keyed a process. */
uint64_t map_hash(struct span key);

/* A u64 as a key: borrow it from the value, e.g. MAP_KEY(v->id). */
#define MAP_KEY(lvalue) span_make(&(lvalue), sizeof(lvalue))

#endif
