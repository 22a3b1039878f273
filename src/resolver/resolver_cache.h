/* resolver/resolver_cache.h - finished answers, each until its time.  Floor 1.
 * Private to resolver/.
 *
 * Bounded by number and by octets; what was not used for longest leaves first.
 */
#ifndef RT_RESOLVER_CACHE_H
#define RT_RESOLVER_CACHE_H

#include "base/list.h"
#include "base/map.h"
#include "resolver/resolver_rdata.h"

enum { RESOLVER_CACHE_BYTES = 32 << 20 };

/* A question as octets: two of the type, then the name. */
struct resolver_key {
	char octets[2 + RESOLVER_NAME_MAX + 1];
	size_t n;
};

/* An answer, or why there is none.  Held by the cache and by those who copy it. */
struct resolver_entry {
	struct arena mem; /* of the answer and the key */
	struct span key;
	struct resolver_answer answer; /* its ttl is not used: expires_at */
	const char *failure;           /* NULL: an answer */
	int64_t expires_at;
	unsigned refs;
	struct list used; /* in the cache, the latest used first */
};

struct resolver_cache {
	struct map entries;
	struct list used;
	size_t n_max, bytes, bytes_max;
};

void resolver_cache_init(struct resolver_cache *c, size_t n_max, size_t bytes_max);
void resolver_cache_fini(struct resolver_cache *c);
/* With one reference, the caller's; NULL without memory. */
struct resolver_entry *resolver_entry_new(const struct resolver_key *key);
void resolver_entry_ref(struct resolver_entry *e);
void resolver_entry_unref(struct resolver_entry *e);
/* Replaces an older entry of that key.  One that has expired, or no memory: not kept. */
void resolver_cache_put(struct resolver_cache *c, struct resolver_entry *e, int64_t now_at);
/* Borrowed until the next put; NULL when there is none or its time is over. */
struct resolver_entry *resolver_cache_get(struct resolver_cache *c, struct span key,
                                          int64_t now_at);

#endif
