/* wire/dkim/fields.c - the fields of a header by name; see canon.h. */
#include <stdlib.h>

#include "wire/dkim/canon.h"

static int order_names(struct span a, struct span b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];

		x = x >= 'A' && x <= 'Z' ? (unsigned char)(x | 32) : x;
		y = y >= 'A' && y <= 'Z' ? (unsigned char)(y | 32) : y;
		if (x != y)
			return x < y ? -1 : 1;
	}
	return a.n < b.n ? -1 : a.n > b.n;
}

static int order_fields(const void *a, const void *b)
{
	const struct dkim_field *x = a, *y = b;
	int by_name = order_names(x->f.name, y->f.name);

	return by_name ? by_name : x->at < y->at ? -1 : x->at > y->at;
}

int dkim_fields_begin(struct dkim_fields *fs, struct span header, struct arena *mem)
{
	struct message_header h;
	struct message_field f;

	*fs = (struct dkim_fields){ 0 };
	message_header_begin(&h, header);
	while (message_header_next(&h, &f))
		fs->n++;
	fs->v = arena_array(mem, struct dkim_field, fs->n + 1);
	fs->taken = arena_array(mem, size_t, fs->n + 1);
	if (!fs->v || !fs->taken)
		return ERR_NO_MEMORY;
	message_header_begin(&h, header);
	for (size_t i = 0; i < fs->n && message_header_next(&h, &f); i++)
		fs->v[i] = (struct dkim_field){ f, i };
	qsort(fs->v, fs->n, sizeof *fs->v, order_fields);
	return 0;
}

void dkim_fields_rewind(struct dkim_fields *fs)
{
	memset(fs->taken, 0, fs->n * sizeof *fs->taken);
}

/* The first that is not before the name (or behind it, when `past`). */
static size_t bound(const struct dkim_fields *fs, struct span name, bool past)
{
	size_t low = 0, high = fs->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = order_names(fs->v[middle].f.name, name);

		if (order < 0 || (past && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct message_field *dkim_fields_take(struct dkim_fields *fs, struct span name)
{
	size_t first = bound(fs, name, false), past = bound(fs, name, true);

	if (first == past || fs->taken[first] == past - first)
		return NULL;
	return &fs->v[past - ++fs->taken[first]].f;
}

size_t dkim_fields_count(const struct dkim_fields *fs, struct span name)
{
	return bound(fs, name, true) - bound(fs, name, false);
}

size_t dkim_fields_left(const struct dkim_fields *fs, struct span name)
{
	size_t first = bound(fs, name, false), past = bound(fs, name, true);

	return first == past ? 0 : past - first - fs->taken[first];
}
