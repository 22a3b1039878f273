/* classify/feature.c - see feature.h. */
#include "classify/feature_impl.h"

int gathering_begin(struct gathering *g, struct arena *mem, struct classify_features *out)
{
	*g = (struct gathering){ .mem = mem, .out = out };
	*out = (struct classify_features){ 0 };
	g->slots = arena_array(mem, uint16_t, CLASSIFY_SLOTS);
	out->v = arena_array(mem, struct classify_feature, CLASSIFY_FEATURES_MAX);
	return g->slots && out->v ? 0 : err(ERR_NO_MEMORY, "no memory for a message's features");
}

/* FNV-1a, and its bits mixed (the end of MurmurHash3): tables take the lowest ones.  It is no
 * secret: who finds a word that shares its counters with another might as well write that. */
static uint32_t hash_of(struct span s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	h = (h ^ h >> 16) * 0x85ebca6bu;
	h = (h ^ h >> 13) * 0xc2b2ae35u;
	return h ^ h >> 16;
}

static size_t put(char *text, size_t at, struct span s)
{
	if (s.n > CLASSIFY_FEATURE_BYTES - at)
		return CLASSIFY_FEATURE_BYTES + 1;
	if (s.n)
		memcpy(text + at, s.p, s.n);
	return at + s.n;
}

static void keep(struct gathering *g, struct span text)
{
	struct classify_features *out = g->out;
	uint32_t hash = hash_of(text);
	size_t at = hash % CLASSIFY_SLOTS;

	for (; g->slots[at]; at = (at + 1) % CLASSIFY_SLOTS)
		if (out->v[g->slots[at] - 1].hash == hash)
			return;
	if (arena_copy(g->mem, text, &out->v[out->n].text) < 0) {
		g->err = ERR_NO_MEMORY;
		return;
	}
	out->v[out->n].hash = hash;
	g->slots[at] = (uint16_t)++out->n;
}

void gathering_add(struct gathering *g, const char *before, struct span a, const char *between,
                   struct span b, const char *after)
{
	const struct span pieces[] = { span_str(before), a, span_str(between), b, span_str(after) };
	char text[CLASSIFY_FEATURE_BYTES];
	size_t n = 0;

	for (size_t i = 0; i < N_ELEMS(pieces) && n <= CLASSIFY_FEATURE_BYTES; i++)
		n = put(text, n, pieces[i]);
	if (g->err >= 0 && n <= CLASSIFY_FEATURE_BYTES && g->out->n < CLASSIFY_FEATURES_MAX)
		keep(g, span_make(text, n));
}

void gather_fact(struct gathering *g, const char *fact)
{
	gathering_add(g, fact, SPAN(""), "", SPAN(""), "");
}

/* What is said of a word that a person may read: lower case, and no octets that are none. */
void gather_word(struct gathering *g, const char *before, struct span word)
{
	char text[CLASSIFY_FEATURE_BYTES];
	size_t n = 0;

	for (; n < word.n && n < sizeof text; n++) {
		char c = word.p[n];
		if (c <= ' ' || c > '~')
			return;
		text[n] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
	}
	if (n)
		gathering_add(g, before, span_make(text, n), "", SPAN(""), "");
}
