/* classify/table.c - see table.h. */
#include "classify/table.h"

#include <stdlib.h>

#include "base/coding/pack.h"
#include "classify/feature.h"

int classify_table_init(struct classify_table *t, unsigned bits, uint32_t n_memory)
{
	*t = (struct classify_table){ .bits = bits, .n_memory = n_memory };
	t->pairs = calloc((size_t)1 << bits, sizeof *t->pairs);
	t->memory = calloc(n_memory, sizeof *t->memory);
	if (t->pairs && t->memory)
		return 0;
	classify_table_fini(t);
	return err(ERR_NO_MEMORY, "no memory for what was learned of mail");
}

void classify_table_fini(struct classify_table *t)
{
	free(TAKE(t->pairs));
	free(TAKE(t->memory));
}

static struct classify_pair *pair_of(struct classify_table *t, uint32_t hash)
{
	return &t->pairs[hash & ((1u << t->bits) - 1)];
}

/* With a message's key: which kind it was told as, and that it was counted. */
enum { IS_SPAM = 1, IS_COUNTED = 2, KEY_FREE = 3 };

/* Of all its features: the same message has the same ones.  Never 0, and two bits are free. */
static uint64_t key_of(const uint32_t *hashes, size_t n)
{
	uint64_t key = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		key = (key ^ hashes[i]) * 0x100000001b3u;
	key ^= key >> 32;
	return (key | (KEY_FREE + 1)) & ~(uint64_t)KEY_FREE;
}

static uint64_t *find(struct classify_table *t, uint64_t key)
{
	for (uint32_t i = 0; i < t->n_memory; i++)
		if ((t->memory[i] & ~(uint64_t)KEY_FREE) == key)
			return &t->memory[i];
	return NULL;
}

static void halve(struct classify_table *t)
{
	for (size_t i = 0; i < (size_t)1 << t->bits; i++) {
		t->pairs[i].ham /= 2;
		t->pairs[i].spam /= 2;
	}
	t->ham /= 2;
	t->spam /= 2;
}

static void count(struct classify_table *t, const uint32_t *hashes, size_t n, bool spam)
{
	for (size_t i = 0; i < n; i++) {
		struct classify_pair *p = pair_of(t, hashes[i]);
		uint16_t *counter = spam ? &p->spam : &p->ham;
		*counter = (uint16_t)(*counter + (*counter < UINT16_MAX));
	}
	*(spam ? &t->spam : &t->ham) += 1;
	if (t->ham >= CLASSIFY_COUNTED_MAX || t->spam >= CLASSIFY_COUNTED_MAX)
		halve(t);
}

/* After a halving it may be there no more. */
static void take_back(struct classify_table *t, const uint32_t *hashes, size_t n, uint64_t told)
{
	bool spam = told & IS_SPAM;
	uint32_t *messages = spam ? &t->spam : &t->ham;
	uint32_t *n_told = spam ? &t->told_spam : &t->told_ham;

	*n_told -= *n_told > 0;
	if (!(told & IS_COUNTED))
		return;
	for (size_t i = 0; i < n; i++) {
		struct classify_pair *p = pair_of(t, hashes[i]);
		uint16_t *counter = spam ? &p->spam : &p->ham;
		*counter = (uint16_t)(*counter - (*counter > 0));
	}
	*messages -= *messages > 0;
}

static bool is_sure(const struct classify_table *t, const uint32_t *hashes, size_t n, bool spam)
{
	struct classify_score s;

	classify_score(t, NULL, hashes, n, &s);
	return spam ? s.score >= CLASSIFY_SURE : s.score <= -CLASSIFY_SURE;
}

static uint64_t *remember(struct classify_table *t)
{
	uint64_t *free = &t->memory[t->memory_at];

	t->memory_at = (t->memory_at + 1) % t->n_memory;
	return free;
}

enum classify_learned classify_learn(struct classify_table *t, const uint32_t *hashes, size_t n,
                                     bool spam)
{
	uint64_t key = key_of(hashes, n), *before = find(t, key);
	uint32_t *told = spam ? &t->told_spam : &t->told_ham;

	if (before && (*before & IS_SPAM) == spam)
		return CLASSIFY_REPEATED;
	if (before)
		take_back(t, hashes, n, *before);
	*told += *told < UINT32_MAX;
	bool counts = before || !is_sure(t, hashes, n, spam);
	if (counts)
		count(t, hashes, n, spam);
	uint64_t *at = before ? before : remember(t);
	*at = key | (spam ? IS_SPAM : 0) | (counts ? IS_COUNTED : 0);
	return before ? CLASSIFY_TURNED : counts ? CLASSIFY_COUNTED : CLASSIFY_KNOWN;
}

/* ---- octets ---- */

int classify_table_pack(const struct classify_table *t, struct buf *out)
{
	const uint32_t head[] = { CLASSIFY_FORMAT, t->bits,     t->n_memory,  t->ham,
		                  t->spam,         t->told_ham, t->told_spam, t->memory_at };

	for (size_t i = 0; i < N_ELEMS(head); i++)
		pack_put_u32(out, head[i]);
	for (uint32_t i = 0; i < t->n_memory; i++)
		pack_put_u64(out, t->memory[i]);
	for (uint32_t i = 0; i < 1u << t->bits; i++) {
		struct classify_pair p = t->pairs[i];
		if (!p.ham && !p.spam)
			continue;
		pack_put_u32(out, i);
		pack_put_u16(out, p.ham);
		pack_put_u16(out, p.spam);
	}
	return out->err;
}

static int unpack_head(struct span *in, struct classify_table *t)
{
	uint32_t format = 0, bits = 0, n_memory = 0;
	uint32_t *const head[] = { &format,  &bits,        &n_memory,     &t->ham,
		                   &t->spam, &t->told_ham, &t->told_spam, &t->memory_at };

	for (size_t i = 0; i < N_ELEMS(head); i++)
		if (in->n < 4 || pack_get_u32(in, head[i]) < 0)
			return ERR_CORRUPT;
	return format == CLASSIFY_FORMAT && bits == t->bits && n_memory == t->n_memory &&
	                       t->memory_at < t->n_memory
	               ? 0
	               : ERR_CORRUPT;
}

static int unpack_pairs(struct span in, struct classify_table *t)
{
	for (uint32_t i = 0; i < t->n_memory; i++)
		if (in.n < 8 || pack_get_u64(&in, &t->memory[i]) < 0)
			return ERR_CORRUPT;
	while (in.n) {
		struct classify_pair p;
		uint32_t at;
		if (in.n < 8 || pack_get_u32(&in, &at) < 0 || pack_get_u16(&in, &p.ham) < 0 ||
		    pack_get_u16(&in, &p.spam) < 0 || at >= 1u << t->bits)
			return ERR_CORRUPT;
		t->pairs[at] = p;
	}
	return 0;
}

int classify_table_unpack(struct span in, struct classify_table *t)
{
	struct classify_table got;
	int r = classify_table_init(&got, t->bits, t->n_memory);

	if (r < 0)
		return r;
	r = unpack_head(&in, &got);
	if (r >= 0)
		r = unpack_pairs(in, &got);
	if (r < 0) {
		classify_table_fini(&got);
		return err(r, "a table of what was learned of mail is damaged, or an older one");
	}
	classify_table_fini(t);
	*t = got;
	return 0;
}
