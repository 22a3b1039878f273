/* store/journal/journal_group.c - records in memory, before they have a place. */
#include <assert.h>

#include "store/journal/journal.h"

void journal_group_init(struct journal_group *g)
{
	*g = (struct journal_group){ .octets = BUF(SIZE_MAX / 4) };
}

void journal_group_fini(struct journal_group *g)
{
	buf_fini(&g->octets);
}

void journal_record_begin(struct journal_group *g, uint8_t kind)
{
	char header[SEGMENT_RECORD_HEADER_BYTES];
	size_t at = g->octets.n;
	segment_record_frame(header, kind, 0, 0);
	if (buf_put(&g->octets, span_make(header, sizeof header)) < 0)
		return;
	if (at)
		segment_record_more(g->octets.p + g->last);
	g->last = at;
}

void journal_record_end(struct journal_group *g, const struct span content[JOURNAL_PIECES])
{
	static const char zeros[SEGMENT_ALIGN];
	size_t n = g->octets.n - g->last - SEGMENT_RECORD_HEADER_BYTES;
	if (g->octets.err < 0)
		return;
	if (content) {
		assert(g->last == 0);
		memcpy(g->content, content, sizeof g->content);
		g->split = g->octets.n;
		n += journal_group_content(g);
	}
	size_t pad = segment_record_octets(n) - SEGMENT_RECORD_HEADER_BYTES - n;
	segment_record_length(g->octets.p + g->last, n);
	buf_put(&g->octets, span_make(zeros, pad));
}

size_t journal_group_content(const struct journal_group *g)
{
	size_t n = 0;
	for (size_t i = 0; i < JOURNAL_PIECES; i++)
		n += g->content[i].n;
	return n;
}

size_t journal_group_octets(const struct journal_group *g)
{
	return g->octets.n + journal_group_content(g);
}
