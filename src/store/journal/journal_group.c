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

void journal_record_end(struct journal_group *g, struct span body)
{
	static const char zeros[SEGMENT_ALIGN];
	if (g->octets.err < 0)
		return;
	assert(!body.n || g->last == 0);
	size_t n = g->octets.n - g->last - SEGMENT_RECORD_HEADER_BYTES + body.n;
	size_t pad = segment_record_octets(n) - SEGMENT_RECORD_HEADER_BYTES - n;
	segment_record_length(g->octets.p + g->last, n);
	if (body.n) {
		g->body = body;
		g->split = g->octets.n;
	}
	buf_put(&g->octets, span_make(zeros, pad));
}

size_t journal_group_octets(const struct journal_group *g)
{
	return g->octets.n + g->body.n;
}
