/* sending/counts.c - see counts.h. */
#include "sending/counts.h"

#include "base/map.h"

static struct count counts[COUNTS_SETS][COUNTS_WAYS];

struct count *counts_find(char kind, struct span name, int64_t now_at)
{
	const uint64_t pair[] = { (uint64_t)kind, map_hash(name) };
	uint64_t key = map_hash(span_make(pair, sizeof pair)) | 1;
	struct count *set = counts[key / 2 % COUNTS_SETS], *oldest = set, *c = set;

	for (; c < set + COUNTS_WAYS && c->key != key; c++)
		if (c->used_at < oldest->used_at)
			oldest = c;
	if (c == set + COUNTS_WAYS) {
		c = oldest;
		*c = (struct count){ .key = key };
	}
	c->used_at = now_at;
	return c;
}

void counts_forget(void)
{
	memset(counts, 0, sizeof counts);
}
