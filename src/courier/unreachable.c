/* courier/unreachable.c - see unreachable.h. */
#include "courier/unreachable.h"

#include "base/clock.h"
#include "base/map.h"

uint64_t unreachable_hash(const struct deliver_candidate *c)
{
	char key[2 + sizeof c->ip.octets];

	if (!c->ip.n) /* a Unix socket */
		return map_hash(c->host);
	key[0] = (char)(c->port >> 8);
	key[1] = (char)c->port;
	memcpy(key + 2, c->ip.octets, c->ip.n);
	return map_hash(span_make(key, 2U + c->ip.n));
}

void unreachable_add(struct unreachable *u, const struct deliver_candidate *c, int64_t now_at)
{
	uint64_t hash = unreachable_hash(c);

	u->slots[hash % UNREACHABLE_SLOTS].hash = hash;
	u->slots[hash % UNREACHABLE_SLOTS].until_at = clock_add(now_at, UNREACHABLE_MS);
}

void unreachable_remove(struct unreachable *u, const struct deliver_candidate *c)
{
	uint64_t hash = unreachable_hash(c);

	if (u->slots[hash % UNREACHABLE_SLOTS].hash == hash)
		u->slots[hash % UNREACHABLE_SLOTS].until_at = 0;
}

bool unreachable_has(const struct unreachable *u, const struct deliver_candidate *c, int64_t now_at)
{
	uint64_t hash = unreachable_hash(c);

	return u->slots[hash % UNREACHABLE_SLOTS].hash == hash &&
	       u->slots[hash % UNREACHABLE_SLOTS].until_at > now_at;
}
