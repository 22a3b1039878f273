/* wire/message/envelope/address_list.c - see address_list.h.  RFC 5322 3.4. */
#include "wire/message/envelope/address_list.h"
#include "wire/message/envelope/items.h"

/* One element of a list, up to the comma, colon or semicolon that ends it. */
struct element {
	struct span text;    /* all of it, or what stands before < */
	struct span angle;   /* between < and > */
	struct span comment; /* in the last ( ) */
	bool has_angle;
	char end; /* , : ; or 0 */
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* From the octet that opens to behind the one that closes, or the end. */
static size_t skip_quoted(struct span in, size_t at)
{
	for (at++; at < in.n && in.p[at] != '"'; at++)
		if (in.p[at] == '\\' && at + 1 < in.n)
			at++;
	return at < in.n ? at + 1 : at;
}

static size_t skip_comment(struct span in, size_t at)
{
	size_t depth = 0;

	for (; at < in.n; at++) {
		if (in.p[at] == '\\' && at + 1 < in.n)
			at++;
		else if (in.p[at] == '(')
			depth++;
		else if (in.p[at] == ')' && !--depth)
			return at + 1;
	}
	return at;
}

static size_t skip_to(struct span in, size_t at, char close)
{
	while (at < in.n && in.p[at] != close)
		at = in.p[at] == '"' ? skip_quoted(in, at) : at + 1;
	return at;
}

/* Passes what may hold commas that part nothing. */
static size_t skip(struct span in, size_t at, struct element *e)
{
	size_t end;

	switch (in.p[at]) {
	case '"': return skip_quoted(in, at);
	case '\\': return at + 2 < in.n ? at + 2 : in.n;
	case '(':
		end = skip_comment(in, at);
		e->comment = span_sub(in, at, end - at);
		return end;
	case '<':
		end = skip_to(in, at, '>');
		if (!e->has_angle) {
			e->has_angle = true;
			e->text = span_sub(in, 0, at);
			e->angle = span_sub(in, at + 1, end - at - 1);
		}
		return end < in.n ? end + 1 : end;
	case '[':
		if (at > 0 && in.p[at - 1] == '@')
			return skip_to(in, at, ']');
		return at + 1;
	}
	return at + 1;
}

static struct element take_element(struct span *rest, bool in_group)
{
	struct element e = { .text = { NULL, 0 } };
	struct span in = *rest;
	size_t at = 0;

	while (at < in.n) {
		char c = in.p[at];

		if (c == ',' || c == ';' || (c == ':' && !in_group && !e.has_angle)) {
			e.end = c;
			break;
		}
		at = skip(in, at, &e);
	}
	if (!e.has_angle)
		e.text = span_sub(in, 0, at);
	*rest = span_sub(in, at + (e.end != 0), in.n);
	return e;
}

/* Neither space nor a character that means something. */
static bool is_ordinary(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Appends s as text: without quotes and comments, white space as one space or none. */
static void put_plain(struct buf *out, struct span s, bool spaced)
{
	bool quoted = false, space = false;

	for (size_t i = 0; i < s.n;) {
		size_t from = i;
		char c = s.p[i];

		while (!space && i < s.n && is_ordinary(s.p[i]))
			i++;
		buf_put(out, span_sub(s, from, i - from));
		if (i > from)
			continue;
		if (!quoted && c == '(') {
			i = skip_comment(s, i);
			space = true;
			continue;
		}
		i++;
		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (is_space(c) && (!quoted || c == '\r' || c == '\n')) {
			space = !quoted;
			continue;
		}
		if (c == '\\' && i < s.n)
			c = s.p[i++];
		if (space && spaced && out->n)
			buf_putc(out, ' ');
		space = false;
		buf_putc(out, (unsigned char)c < ' ' || c == 0x7f ? ' ' : c);
	}
}

/* Takes an obsolete route, @a,@b:, from the front (RFC 5322 4.4). */
static struct span without_route(struct span s)
{
	ptrdiff_t colon;

	while (s.n && is_space(s.p[0]))
		s = span_sub(s, 1, s.n);
	colon = s.n && s.p[0] == '@' ? span_find(s, ':') : -1;
	return colon < 0 ? s : span_sub(s, (size_t)colon + 1, s.n);
}

/* The last @ outside quotes and comments, or -1. */
static ptrdiff_t find_at(struct span s)
{
	ptrdiff_t found = -1;

	for (size_t i = 0; i < s.n;) {
		if (s.p[i] == '@')
			found = (ptrdiff_t)i;
		i = s.p[i] == '"' ? skip_quoted(s, i) : s.p[i] == '(' ? skip_comment(s, i) : i + 1;
	}
	return found;
}

/* A string that may be absent: 0, or its length + 1 and its octets. */
static void put_nstring(struct buf *out, const struct buf *text)
{
	message_number_put(out, text ? text->n + 1 : 0);
	if (text)
		buf_put(out, buf_span(text));
}

static void put_address(struct buf *out, const struct element *e, struct buf *scratch)
{
	struct span address = without_route(e->has_angle ? e->angle : e->text);
	ptrdiff_t at = find_at(address);
	struct span comment = span_sub(e->comment, 1, e->comment.n > 2 ? e->comment.n - 2 : 0);

	buf_reset(scratch);
	put_plain(scratch, e->has_angle ? e->text : comment, true);
	put_nstring(out, scratch->n ? scratch : NULL);
	buf_reset(scratch);
	put_plain(scratch, span_sub(address, 0, at < 0 ? address.n : (size_t)at), at < 0);
	put_nstring(out, scratch);
	buf_reset(scratch);
	if (at >= 0)
		put_plain(scratch, span_sub(address, (size_t)at + 1, address.n), false);
	put_nstring(out, scratch);
}

static bool is_blank(const struct element *e)
{
	for (size_t i = 0; i < e->text.n; i++)
		if (!is_space(e->text.p[i]))
			return e->text.p[i] == '(' && skip_comment(e->text, i) == e->text.n;
	return true;
}

static void put_group_begin(struct buf *out, const struct element *e, struct buf *scratch)
{
	buf_reset(scratch);
	put_plain(scratch, e->text, true);
	put_nstring(out, NULL);
	put_nstring(out, scratch);
	put_nstring(out, NULL);
}

static void put_group_end(struct buf *out)
{
	for (int i = 0; i < 3; i++)
		put_nstring(out, NULL);
}

int message_address_list_put(struct buf *out, struct span value, size_t max, bool *cut)
{
	AUTO_BUF scratch = BUF(value.n + 1);
	bool in_group = false, group = false;
	size_t from = out->n;

	while (value.n && !out->err && !scratch.err) {
		size_t before = out->n;
		struct element e = take_element(&value, in_group);

		group = e.end == ':';
		if (group)
			put_group_begin(out, &e, &scratch);
		else if (e.has_angle || !is_blank(&e))
			put_address(out, &e, &scratch);
		if (in_group && (e.end == ';' || !value.n))
			put_group_end(out);
		else if (group && !value.n)
			put_group_end(out);
		in_group = group || (in_group && e.end != ';');
		if (out->n - from > max) {
			out->n = before;
			*cut = true;
			break;
		}
	}
	return out->err ? out->err : scratch.err;
}
