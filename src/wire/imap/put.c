/* wire/imap/put.c - see put.h. */
#include "wire/imap/put.h"

#include "base/utf8.h"
#include "wire/imap/cursor.h"
#include "wire/imap/name.h"

/* RFC 3501 9: no CR, LF, NUL within quotes; what is 8-bit only where UTF-8 is understood. */
static bool is_quotable(struct span s, bool utf8)
{
	bool ascii = true;

	if (s.n > IMAP_QUOTED_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\0' || s.p[i] == '\r' || s.p[i] == '\n')
			return false;
		ascii = ascii && (unsigned char)s.p[i] < 0x80;
	}
	return ascii || (utf8 && utf8_valid(s));
}

static int put_quoted(struct buf *out, struct span s)
{
	size_t from = 0;

	(void)buf_putc(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '"' && s.p[i] != '\\')
			continue;
		(void)buf_put(out, span_sub(s, from, i - from));
		(void)buf_putc(out, '\\');
		from = i;
	}
	(void)buf_put(out, span_sub(s, from, s.n));
	return buf_putc(out, '"');
}

int imap_put_literal_head(struct buf *out, uint64_t n, bool literal8)
{
	return buf_printf(out, "%s{%ju}\r\n", literal8 ? "~" : "", (uintmax_t)n);
}

int imap_put_string(struct buf *out, struct span s, bool utf8)
{
	if (is_quotable(s, utf8))
		return put_quoted(out, s);
	(void)imap_put_literal_head(out, s.n, span_find(s, '\0') >= 0);
	return buf_put(out, s);
}

int imap_put_astring(struct buf *out, struct span s, bool utf8)
{
	if (imap_is_atom(s) && !span_eq_nocase(s, SPAN("NIL")))
		return buf_put(out, s);
	return imap_put_string(out, s, utf8);
}

int imap_put_nstring(struct buf *out, struct span s, bool nil, bool utf8)
{
	return nil ? buf_put(out, SPAN("NIL")) : imap_put_string(out, s, utf8);
}

int imap_put_mailbox(struct buf *out, struct span name, bool utf8)
{
	AUTO_BUF text = BUF(IMAP_NAME_MAX *
	                    4); /* an octet of UTF-8 takes at most 3 of UTF-7, with & and - 4 */
	int e;

	if (utf8 || (utf8_is_ascii(name) && span_find(name, '&') < 0))
		return imap_put_astring(out, name, utf8);
	e = imap_utf7_encode(name, &text);
	return e < 0 ? e : imap_put_astring(out, buf_span(&text), utf8);
}

int imap_put_text(struct buf *out, struct span s)
{
	if (s.n == 0)
		return buf_putc(out, '-');
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '?';

		/* "[" at the front would begin a code (RFC 3501 7.1). */
		(void)buf_putc(out, i == 0 && c == '[' ? '(' : c);
	}
	return out->err;
}

int imap_put_status(struct buf *out, struct span tag, const char *ok, struct span code,
                    struct span text)
{
	(void)buf_printf(out, "%.*s %s ", SPAN_ARG(tag), ok);
	if (code.n)
		(void)buf_printf(out, "[%.*s] ", SPAN_ARG(code));
	(void)imap_put_text(out, text);
	return buf_puts(out, "\r\n");
}
