/* httpd/pace.c - see pace.h. */
#include "httpd/pace.h"

#include "base/map.h"

enum { ROWS = 1024, OF_ROW = 4 };

static struct slot {
	uint64_t key; /* a keyed hash */
	int64_t begun_at;
	uint32_t n;
} table[ROWS][OF_ROW];

static bool is_over(const struct slot *s, int64_t now_at)
{
	return !s->n || now_at - s->begun_at >= PACE_MS;
}

/* Its own, or the one that is missed least. */
static struct slot *find(uint64_t key, int64_t now_at)
{
	struct slot *row = table[key % ROWS], *best = row;

	for (size_t i = 0; i < OF_ROW; i++) {
		if (row[i].key == key && !is_over(&row[i], now_at))
			return &row[i];
		if (!is_over(best, now_at) && (is_over(&row[i], now_at) || row[i].n < best->n))
			best = &row[i];
	}
	*best = (struct slot){ .key = key, .begun_at = now_at };
	return best;
}

bool pace_take(struct span key, int64_t most, int64_t now_at, int64_t *wait_ms)
{
	struct slot *s = find(map_hash(key), now_at);

	*wait_ms = s->begun_at + PACE_MS - now_at;
	if (s->n >= (uint64_t)most)
		return false;
	s->n++;
	return true;
}
