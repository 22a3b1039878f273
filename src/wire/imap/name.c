/* wire/imap/name.c - see name.h. */
#include "wire/imap/name.h"

#include "base/utf8.h"

/* RFC 9051 5.1 (by RFC 5198 2): no controls, no line or paragraph separators. */
static bool is_permitted(struct span name)
{
	uint32_t c;

	while (name.n > 0)
		if (utf8_next(&name, &c) < 0 || c < 0x20 || (c >= 0x7f && c < 0xa0) ||
		    c == 0x2028 || c == 0x2029)
			return false;
	return true;
}

static int from_utf7(struct imap_cursor *c, struct span text, struct span *out)
{
	AUTO_BUF name = BUF(IMAP_NAME_MAX);
	int e;

	if (!utf8_is_ascii(text))
		return imap_bad(c, "a name with octets above 127 needs ENABLE UTF8=ACCEPT first");
	if (span_find(text, '&') < 0) {
		*out = text;
		return 0;
	}
	e = imap_utf7_decode(text, &name);
	if (e == ERR_SYNTAX)
		return imap_bad(c, "a name is no modified UTF-7 (RFC 3501 5.1.3)");
	if (e == ERR_TOO_LONG)
		return imap_fault(c, e, "a name is over %d octets", IMAP_NAME_MAX);
	return e < 0 ? e : arena_copy(c->mem, buf_span(&name), out);
}

static int name_of(struct imap_cursor *c, struct span text, struct span *out)
{
	struct span name = text;
	int e = c->utf8 ? 0 : from_utf7(c, text, &name);

	if (e < 0)
		return e;
	if (name.n > IMAP_NAME_MAX)
		return imap_fault(c, ERR_TOO_LONG, "a name is over %d octets", IMAP_NAME_MAX);
	if (!is_permitted(name))
		return imap_bad(c, "a name is no UTF-8, or holds a control character");
	*out = span_eq_nocase(name, SPAN("INBOX")) ? SPAN("INBOX") : name;
	return 0;
}

int imap_take_mailbox(struct imap_cursor *c, struct span *out)
{
	struct span text;
	int e = imap_take_astring(c, "a mailbox", &text);

	return e < 0 ? e : name_of(c, text, out);
}

int imap_take_pattern(struct imap_cursor *c, struct span *out)
{
	struct span text;
	int e = imap_take_pattern_text(c, &text);

	return e < 0 ? e : name_of(c, text, out);
}
