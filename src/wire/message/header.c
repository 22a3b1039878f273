/* wire/message/header.c - see header.h.  RFC 5322 2.1-2.2, 3.6.8, 4.5. */
#include "wire/message/header.h"

static bool is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

bool message_line_next(struct span *rest, struct span *line, struct span *text)
{
	struct span left = *rest;
	size_t from = 0;

	if (!left.n)
		return false;
	while (from < left.n) {
		const char *lf = memchr(left.p + from, '\n', left.n - from);

		if (!lf)
			break;
		from = (size_t)(lf - left.p) + 1;
		if (from >= 2 && lf[-1] == '\r') {
			*line = span_sub(left, 0, from);
			*text = span_sub(left, 0, from - 2);
			*rest = span_sub(left, from, left.n);
			return true;
		}
	}
	*line = *text = left;
	*rest = span_sub(left, left.n, 0);
	return true;
}

/* RFC 5322 3.6.8, and 4.5 for the white space before the colon. */
enum message_line message_line_kind(struct span line, struct span *name)
{
	size_t n = 0, colon;

	if (!line.n)
		return MESSAGE_LINE_BLANK;
	if (is_wsp(line.p[0]))
		return MESSAGE_LINE_CONTINUATION;
	while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7f && line.p[n] != ':')
		n++;
	for (colon = n; colon < line.n && is_wsp(line.p[colon]);)
		colon++;
	if (!n || colon == line.n || line.p[colon] != ':')
		return MESSAGE_LINE_MALFORMED;
	if (name)
		*name = span_sub(line, 0, n);
	return MESSAGE_LINE_FIELD;
}

void message_header_begin(struct message_header *h, struct span in)
{
	*h = (struct message_header){ .in = in };
}

static bool ends_at(struct message_header *h, enum message_header_end end, size_t at)
{
	h->end = end;
	h->at = at;
	return false;
}

/* The octets that may be scanned.  When they are used up and more follow, the
 * field at hand may be cut short: it counts as body. */
static struct span window(const struct message_header *h)
{
	return span_sub(h->in, h->at, MESSAGE_HEADER_BYTES_MAX - h->at);
}

bool message_header_next(struct message_header *h, struct message_field *out)
{
	struct span rest = window(h), line, text, name = { 0 };
	bool more = h->in.n > MESSAGE_HEADER_BYTES_MAX;
	const char *from = rest.p, *colon;
	size_t n;

	if (h->end != MESSAGE_HEADER_OPEN)
		return false;
	if (!message_line_next(&rest, &line, &text))
		return ends_at(h, more ? MESSAGE_HEADER_CUT : MESSAGE_HEADER_ALL, h->at);
	if (more && !rest.n && (text.n || line.n == text.n))
		return ends_at(h, MESSAGE_HEADER_CUT, h->at);
	switch (message_line_kind(text, &name)) {
	case MESSAGE_LINE_BLANK: return ends_at(h, MESSAGE_HEADER_BLANK, h->at + line.n);
	case MESSAGE_LINE_FIELD: break;
	case MESSAGE_LINE_CONTINUATION:
	case MESSAGE_LINE_MALFORMED: return ends_at(h, MESSAGE_HEADER_MALFORMED, h->at);
	}
	if (h->n_fields == MESSAGE_FIELDS_MAX)
		return ends_at(h, MESSAGE_HEADER_CUT, h->at);

	while (rest.n && is_wsp(rest.p[0]))
		message_line_next(&rest, &line, &text);
	if (more && !rest.n)
		return ends_at(h, MESSAGE_HEADER_CUT, h->at);
	n = (size_t)(text.p + text.n - from);
	colon = memchr(from + name.n, ':', n - name.n);
	out->name = name;
	out->value = span_make(colon + 1, n - (size_t)(colon + 1 - from));
	out->whole = span_make(from, (size_t)(line.p + line.n - from));
	h->at += out->whole.n;
	h->fields_n = h->at;
	h->n_fields++;
	return true;
}

bool message_header_find(struct span message, struct span name, struct message_field *out)
{
	struct message_header h;
	struct message_field field;

	message_header_begin(&h, message);
	while (message_header_next(&h, &field))
		if (span_eq_nocase(field.name, name)) {
			*out = field;
			return true;
		}
	return false;
}

size_t message_header_body(struct span message)
{
	struct message_header h;
	struct message_field field;

	message_header_begin(&h, message);
	while (message_header_next(&h, &field))
		;
	return h.at;
}

static bool is_fold(char c)
{
	return is_wsp(c) || c == '\r' || c == '\n';
}

int message_unfold(struct span value, struct buf *out)
{
	struct span line, text;

	while (value.n && is_fold(value.p[0]))
		value = span_sub(value, 1, value.n);
	while (value.n && is_fold(value.p[value.n - 1]))
		value.n--;
	while (message_line_next(&value, &line, &text))
		buf_put(out, text);
	return out->err;
}

struct span message_value_text(struct span value, size_t max, struct arena *mem)
{
	AUTO_BUF flat = BUF(MESSAGE_HEADER_BYTES_MAX);
	struct span text = { 0 };

	if (message_unfold(value, &flat) < 0 ||
	    arena_copy(mem, span_sub(buf_span(&flat), 0, max), &text) < 0)
		return (struct span){ 0 };
	return text;
}

int message_normalise(struct span in, struct buf *out)
{
	size_t from = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] != '\r' && in.p[i] != '\n')
			continue;
		buf_put(out, span_sub(in, from, i - from));
		buf_put(out, SPAN("\r\n"));
		if (in.p[i] == '\r' && i + 1 < in.n && in.p[i + 1] == '\n')
			i++;
		from = i + 1;
	}
	return buf_put(out, span_sub(in, from, in.n));
}
