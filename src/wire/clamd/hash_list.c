/* wire/clamd/hash_list.c - see hash_list.h. */
#include "wire/clamd/hash_list.h"

#include <stdlib.h>

struct clamd_hash_place {
	uint64_t key; /* the hash's first octets */
	uint32_t at;  /* its line, in the text */
};

static uint64_t key_of(const void *hash)
{
	uint64_t key;

	memcpy(&key, hash, sizeof key);
	return key;
}

static int by_key(const void *a, const void *b)
{
	uint64_t x = ((const struct clamd_hash_place *)a)->key;
	uint64_t y = ((const struct clamd_hash_place *)b)->key;

	return (x > y) - (x < y);
}

static enum clamd_hash_kind kind_of(const struct clamd_hash *h)
{
	return h->hash_n == 16 ? CLAMD_MD5 : h->hash_n == 20 ? CLAMD_SHA1 : CLAMD_SHA256;
}

static size_t count_lines(struct span text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

static void take_line(struct clamd_hash_list *l, struct span line)
{
	struct clamd_hash h;
	int r = clamd_hash_line(line, &h);

	if (r > 0) {
		l->places[l->n++] =
		        (struct clamd_hash_place){ key_of(h.hash), (uint32_t)(line.p - l->text.p) };
		l->kinds |= 1u << kind_of(&h);
	} else if (r < 0 && !l->n_bad++) {
		l->first_bad = line;
	}
}

int clamd_hash_list_open(struct span text, struct clamd_hash_list *out)
{
	struct clamd_hash_list l = { .text = text };
	struct span line;

	if (text.n > CLAMD_HASH_LIST_MAX)
		return err(ERR_TOO_BIG, "the lists of hashes have %zu octets; %d are taken", text.n,
		           CLAMD_HASH_LIST_MAX);
	l.places = calloc(count_lines(text), sizeof *l.places);
	if (!l.places)
		return err(ERR_NO_MEMORY, "no memory for lists of hashes");
	while (span_split(&text, '\n', &line))
		take_line(&l, line);
	qsort(l.places, l.n, sizeof *l.places, by_key);
	*out = l;
	return 0;
}

void clamd_hash_list_fini(struct clamd_hash_list *l)
{
	free(l->places);
	*l = (struct clamd_hash_list){ 0 };
}

/* The first of those whose key is not before it. */
static size_t lower_bound(const struct clamd_hash_list *l, uint64_t key)
{
	size_t from = 0, to = l->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (l->places[middle].key < key)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

bool clamd_hash_list_find(const struct clamd_hash_list *l, struct span hash, uint64_t size,
                          struct span *name)
{
	uint64_t key = key_of(hash.p);

	for (size_t i = lower_bound(l, key); i < l->n && l->places[i].key == key; i++) {
		struct span rest = span_sub(l->text, l->places[i].at, l->text.n), line;
		struct clamd_hash h;
		if (!span_split(&rest, '\n', &line) || clamd_hash_line(line, &h) <= 0 ||
		    !span_eq(span_make(h.hash, h.hash_n), hash))
			continue;
		if (h.size == CLAMD_HASH_ANY_SIZE || (uint64_t)h.size == size) {
			*name = h.name;
			return true;
		}
	}
	return false;
}
