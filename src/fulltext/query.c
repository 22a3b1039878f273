/* fulltext/query.c - see query.h. */
#include "fulltext/query.h"

#include "base/utf8.h"

void fulltext_clean(char *p, size_t n)
{
	for (char *z; n && (z = memchr(p, 0, n)); n -= (size_t)(z - p), p = z)
		*z = ' ';
}

/* The octets of its first n characters; 0: it has not so many, or is no UTF-8. */
static size_t octets_of(struct span s, size_t n)
{
	struct span rest = s;
	uint32_t c;

	while (n--)
		if (!rest.n || utf8_next(&rest, &c) < 0)
			return 0;
	return s.n - rest.n;
}

static void put_term(struct buf *out, struct span term)
{
	buf_puts(out, out->n ? " \"" : "\"");
	for (size_t i = 0; i < term.n; i++) {
		if (term.p[i] == '"')
			buf_putc(out, '"');
		buf_putc(out, term.p[i]);
	}
	buf_putc(out, '"');
}

int fulltext_query(struct span folded, struct buf *out)
{
	int n = 0;

	if (!utf8_valid(folded) || memchr(folded.p ? folded.p : "", 0, folded.n))
		return 0;
	for (size_t three; n < FULLTEXT_TERMS_MAX && (three = octets_of(folded, 3)); n++) {
		put_term(out, span_sub(folded, 0, three));
		folded = span_sub(folded, octets_of(folded, 1), folded.n);
	}
	return out->err < 0 ? out->err : n;
}
