/* fulltext/file_find.c - which entries may hold a string; see file.h. */
#include "fulltext/file_impl.h"
#include "fulltext/query.h"

#include <stdlib.h>

enum { QUERY_BYTES_MAX = 1024 };

/* An entry's text, and the entry's place among those that were asked for. */
struct doc {
	int64_t id;
	size_t at;
};

static int by_id(const void *a, const void *b)
{
	int64_t x = ((const struct doc *)a)->id, y = ((const struct doc *)b)->id;

	return x < y ? -1 : x > y;
}

static int entries(struct fulltext_file *f, const int64_t *v, struct doc *docs,
                   struct fulltext_found *out)
{
	size_t max = (size_t)v[3] - 1;
	sqlite3_stmt *st;
	int r = fulltext_statement(f, FULLTEXT_ENTRIES, &st);

	for (int i = 0; r >= 0 && i < 4; i++)
		sql_bind_int(st, i + 1, v[i]);
	while (r >= 0 && (r = sql_step(st)) == 1) {
		if (out->n == max) {
			out->more = true;
			sql_reset(st);
			return 0;
		}
		docs[out->n] = (struct doc){ sql_column_int(st, 1), out->n };
		out->uids[out->n++] = (uint32_t)sql_column_int(st, 0);
	}
	return r;
}

/* Sets the bits of those docs that have the row. */
static void mark(const struct doc *docs, size_t n, int64_t id, uint8_t *bits)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (docs[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < n && docs[low].id == id; low++)
		bits[docs[low].at / 8] |= (uint8_t)(1U << docs[low].at % 8);
}

static int match(struct fulltext_file *f, struct span needle, const struct doc *docs, size_t n,
                 uint8_t *bits)
{
	AUTO_BUF query = BUF(QUERY_BYTES_MAX);
	sqlite3_stmt *st;
	int r = fulltext_query(needle, &query);

	if (r == 0) {
		memset(bits, 0xff, (n + 7) / 8);
		return 0;
	}
	if (r > 0)
		r = fulltext_statement(f, FULLTEXT_FIND, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, buf_span(&query));
	sql_bind_int(st, 2, docs[0].id);
	sql_bind_int(st, 3, docs[n - 1].id);
	while ((r = sql_step(st)) == 1)
		mark(docs, n, sql_column_int(st, 0), bits);
	sqlite3_clear_bindings(st);
	return r;
}

int fulltext_find(struct fulltext_file *f, uint32_t mailbox, uint32_t first, uint32_t last,
                  size_t max, const struct span *needles, size_t n_needles, struct arena *mem,
                  struct fulltext_found *out)
{
	struct fulltext_found got = { .uids = arena_array(mem, uint32_t, max) };
	struct doc *docs = arena_array(mem, struct doc, max);
	const int64_t v[] = { mailbox, first, last, (int64_t)max + 1 };

	if (!got.uids || !docs)
		return err(ERR_NO_MEMORY, "no memory for %zu entries of an index", max);
	int r = entries(f, v, docs, &got);
	size_t row = (got.n + 7) / 8;
	if (r >= 0)
		got.bits = arena_alloc_array(mem, n_needles ? n_needles : 1, row ? row : 1);
	if (r >= 0 && !got.bits)
		return err(ERR_NO_MEMORY, "no memory for %zu entries of an index", got.n);
	if (got.n)
		qsort(docs, got.n, sizeof *docs, by_id);
	for (size_t k = 0; r >= 0 && got.n && k < n_needles; k++)
		r = match(f, needles[k], docs, got.n, got.bits + k * row);
	if (r >= 0)
		*out = got;
	return r;
}
