/* courier/avoid.c - see avoid.h. */
#include "courier/avoid.h"

#include "courier/addr.h"

void avoid_add(struct avoid *v, const struct address *a, int64_t now_at)
{
	uint64_t hash = addr_hash(a);

	v->slots[hash % AVOID_SLOTS].hash = hash;
	v->slots[hash % AVOID_SLOTS].until_at = clock_add(now_at, AVOID_MS);
}

void avoid_remove(struct avoid *v, const struct address *a)
{
	uint64_t hash = addr_hash(a);

	if (v->slots[hash % AVOID_SLOTS].hash == hash)
		v->slots[hash % AVOID_SLOTS].until_at = 0;
}

bool avoid_has(const struct avoid *v, const struct address *a, int64_t now_at)
{
	uint64_t hash = addr_hash(a);

	return v->slots[hash % AVOID_SLOTS].hash == hash &&
	       v->slots[hash % AVOID_SLOTS].until_at > now_at;
}
