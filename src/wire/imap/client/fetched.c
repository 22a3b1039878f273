/* wire/imap/client/fetched.c - see fetched.h. */
#include "wire/imap/client/fetched.h"

/* "{n}" and its octets, NULs too: servers send what they have. */
static int take_literal(struct imap_cursor *c, struct span *out)
{
	ptrdiff_t close = span_find(c->rest, '}');
	uint64_t n;

	if (close < 1 || span_to_u64(span_sub(c->rest, 1, (size_t)close - 1), UINT32_MAX, &n) < 0)
		return imap_bad(c, "{ and } hold no number of octets");
	c->rest = span_sub(c->rest, (size_t)close + 1, c->rest.n);
	if (!span_eat(&c->rest, SPAN("\r\n")))
		(void)span_eat(&c->rest, SPAN("\n"));
	if (c->rest.n < n)
		return imap_bad(c, "a literal's octets are missing");
	*out = span_sub(c->rest, 0, (size_t)n);
	c->rest = span_sub(c->rest, (size_t)n, c->rest.n);
	return 0;
}

static int take_body(struct imap_cursor *c, struct span *out)
{
	bool nil;

	(void)(c->rest.n > 1 && c->rest.p[1] == '{' && imap_eat(c, '~'));
	return imap_at(c, '{') ? take_literal(c, out) : imap_take_nstring(c, "a body", out, &nil);
}

static int skip_quoted(struct imap_cursor *c)
{
	size_t n = 1;

	while (n < c->rest.n && c->rest.p[n] != '"')
		n += c->rest.p[n] == '\\' ? 2 : 1;
	if (n >= c->rest.n)
		return imap_bad(c, "the closing \" is missing");
	c->rest = span_sub(c->rest, n + 1, c->rest.n);
	return 0;
}

/* A value of whatever kind, up to the SP or ) behind it. */
static int skip_value(struct imap_cursor *c)
{
	size_t depth = 0;
	struct span literal;
	int r = 0;

	while (c->rest.n && r >= 0) {
		char at = c->rest.p[0];
		if (!depth && (at == ' ' || at == ')'))
			return 0;
		if (at == '"') {
			r = skip_quoted(c);
		} else if (at == '{') {
			r = take_literal(c, &literal);
		} else {
			depth += at == '(';
			depth -= at == ')';
			c->rest = span_sub(c->rest, 1, c->rest.n);
		}
	}
	return r;
}

static int take_flags(struct imap_cursor *c, struct span *out)
{
	ptrdiff_t close = span_find(c->rest, ')');

	if (!imap_at(c, '(') || close < 0)
		return imap_bad(c, "the list of flags is missing");
	*out = span_sub(c->rest, 1, (size_t)close - 1);
	c->rest = span_sub(c->rest, (size_t)close + 1, c->rest.n);
	return 0;
}

/* "BODY[HEADER.FIELDS (DATE)]<0>", or a word. */
static struct span take_name(struct imap_cursor *c)
{
	struct span all = c->rest;
	bool in_section = false;
	size_t n = 0;

	for (; n < all.n; n++) {
		in_section = all.p[n] == '[' || (in_section && all.p[n] != ']');
		if (!in_section && (all.p[n] == ' ' || all.p[n] == '(' || all.p[n] == ')'))
			break;
	}
	c->rest = span_sub(all, n, all.n);
	return span_sub(all, 0, n);
}

static int take_item(struct imap_cursor *c, struct imap_fetched *out)
{
	struct span name = take_name(c);
	int r = 0;

	if (!name.n || !imap_eat(c, ' '))
		return imap_bad(c, "FETCH: an item is missing");
	if (span_eq_nocase(name, SPAN("UID"))) {
		r = imap_take_nz(c, "a UID", &out->uid);
	} else if (span_eq_nocase(name, SPAN("FLAGS"))) {
		r = take_flags(c, &out->flags);
		out->has_flags = r >= 0;
	} else if (span_eq_nocase(name, SPAN("INTERNALDATE"))) {
		r = imap_take_date_time(c, &out->date);
		out->has_date = r >= 0;
	} else if (span_eq_nocase(name, SPAN("RFC822.SIZE"))) {
		r = imap_take_u64(c, "a size", &out->size);
		out->has_size = r >= 0;
	} else if (span_starts_nocase(name, SPAN("BODY["))) {
		r = take_body(c, &out->body);
		out->has_body = r >= 0;
	} else {
		r = skip_value(c);
	}
	return r;
}

int imap_fetched_parse(struct imap_cursor *c, struct imap_fetched *out)
{
	struct imap_fetched got = { 0 };
	int r = imap_take(c, '(', "FETCH: the list of items");

	while (r >= 0 && !imap_eat(c, ')')) {
		r = take_item(c, &got);
		imap_eat(c, ' ');
	}
	if (r >= 0)
		*out = got;
	return r;
}
