/* wire/message/envelope/imap_string.c - see imap_string.h.  RFC 9051 4.3, 9. */
#include "wire/message/envelope/imap_string.h"
#include "base/utf8.h"

static bool is_quotable(struct span s, bool utf8)
{
	bool ascii = true;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r' || s.p[i] == '\n')
			return false;
		ascii = ascii && (unsigned char)s.p[i] < 0x80;
	}
	return ascii || (utf8 && utf8_valid(s));
}

/* Octets up to one that a quoted string escapes, or a NUL. */
static size_t plain(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] && s.p[n] != '"' && s.p[n] != '\\')
		n++;
	return n;
}

/* Nothing in it is to be escaped, and it may stand in quotes: what most are.  Without a way out of
 * the loop a compiler makes it one over many octets at once. */
static bool is_simple(struct span s)
{
	unsigned other = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		other |= (unsigned)(c == '"') | (c == '\\') | (c == '\r') | (c == '\n') | !c |
		         (c >= 0x80);
	}
	return !other;
}

static int print_simple(struct buf *out, struct span s)
{
	if (buf_reserve(out, s.n + 2) < 0)
		return out->err;
	out->p[out->n] = '"';
	if (s.n)
		memcpy(out->p + out->n + 1, s.p, s.n);
	out->p[out->n + s.n + 1] = '"';
	out->n += s.n + 2;
	return 0;
}

int message_string_print(struct buf *out, struct span s, bool utf8)
{
	if (is_simple(s))
		return print_simple(out, s);
	bool quoted = is_quotable(s, utf8);

	if (quoted)
		buf_putc(out, '"');
	else
		buf_printf(out, "{%zu}\r\n", s.n);
	for (size_t i = 0; i < s.n; i++) {
		size_t n = plain(span_sub(s, i, s.n));

		buf_put(out, span_sub(s, i, n));
		i += n;
		if (i == s.n)
			break;
		if (quoted && s.p[i])
			buf_putc(out, '\\');
		buf_putc(out, s.p[i] ? s.p[i] : ' ');
	}
	return quoted ? buf_putc(out, '"') : out->err;
}

int message_nstring_print(struct buf *out, struct span s, bool utf8)
{
	return s.p ? message_string_print(out, s, utf8) : buf_put(out, SPAN("NIL"));
}
