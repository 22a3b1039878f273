/* resolver/resolver_cache.c - see resolver_cache.h. */
#include "resolver/resolver_cache.h"

#include <stdlib.h>

void resolver_cache_init(struct resolver_cache *c, size_t n_max, size_t bytes_max)
{
	*c = (struct resolver_cache){ .n_max = n_max, .bytes_max = bytes_max };
	list_init(&c->used);
}

static size_t bytes_of(const struct resolver_entry *e)
{
	return sizeof *e + e->mem.used;
}

static void drop(struct resolver_cache *c, struct resolver_entry *e)
{
	map_remove(&c->entries, e->key);
	list_remove(&e->used);
	c->bytes -= bytes_of(e);
	resolver_entry_unref(e);
}

void resolver_cache_fini(struct resolver_cache *c)
{
	struct resolver_entry *e;

	while ((e = LIST_FIRST(&c->used, struct resolver_entry, used)))
		drop(c, e);
	map_fini(&c->entries);
}

struct resolver_entry *resolver_entry_new(const struct resolver_key *key)
{
	struct resolver_entry *e = calloc(1, sizeof *e);

	if (e && arena_copy(&e->mem, span_make(key->octets, key->n), &e->key) < 0) {
		free(e);
		return NULL;
	}
	if (e)
		e->refs = 1;
	return e;
}

void resolver_entry_ref(struct resolver_entry *e)
{
	e->refs++;
}

void resolver_entry_unref(struct resolver_entry *e)
{
	if (--e->refs)
		return;
	arena_fini(&e->mem);
	free(e);
}

void resolver_cache_put(struct resolver_cache *c, struct resolver_entry *e, int64_t now_at)
{
	struct resolver_entry *old = map_get(&c->entries, e->key);

	if (old)
		drop(c, old);
	if (e->expires_at <= now_at || bytes_of(e) > c->bytes_max || !c->n_max)
		return;
	while (c->entries.n >= c->n_max || c->bytes + bytes_of(e) > c->bytes_max)
		drop(c, CONTAINER(c->used.prev, struct resolver_entry, used));
	if (map_put(&c->entries, e->key, e, NULL) < 0)
		return;
	resolver_entry_ref(e);
	c->bytes += bytes_of(e);
	list_push_front(&c->used, &e->used);
}

struct resolver_entry *resolver_cache_get(struct resolver_cache *c, struct span key, int64_t now_at)
{
	struct resolver_entry *e = map_get(&c->entries, key);

	if (!e)
		return NULL;
	if (e->expires_at <= now_at) {
		drop(c, e);
		return NULL;
	}
	list_remove(&e->used);
	list_push_front(&c->used, &e->used);
	return e;
}
