/* wire/milter/edit.c - what a filter does to a header.  See milter.h. */
#include "wire/message/header.h"
#include "wire/milter/milter.h"

enum { FIELD_BYTES_MAX = 20000 };

static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == ':')
			return false;
	return s.n && s.n < MESSAGE_LINE_SOFT;
}

/* One line of a value; behind the first it has to begin with white space. */
static void put_line(struct buf *out, struct span line, bool first)
{
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	if (!first && (!line.n || (line.p[0] != ' ' && line.p[0] != '\t')))
		buf_putc(out, '\t');
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];
		buf_putc(out, (c < ' ' && c != '\t') || c == 0x7f ? '?' : (char)c);
	}
	buf_puts(out, "\r\n");
}

static bool is_blank(struct span line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != ' ' && line.p[i] != '\t' && line.p[i] != '\r')
			return false;
	return true;
}

int milter_field_put(struct buf *out, struct span name, struct span value, bool leading_space)
{
	struct span line = { 0 };

	if (!is_name(name))
		return err(ERR_SYNTAX, "it names a field as no field can be named");
	if (value.n > FIELD_BYTES_MAX)
		return err(ERR_TOO_LONG, "it makes a field of %zu octets", value.n);
	buf_printf(out, "%.*s:%s", SPAN_ARG(name), leading_space ? "" : " ");
	for (bool first = true; first || value.n; first = false) {
		(void)span_split(&value, '\n', &line);
		if (first || !is_blank(line)) /* RFC 5322 3.2.2: no line of white space alone */
			put_line(out, line, first);
	}
	return out->err;
}

bool milter_is_field(struct span name, struct span field)
{
	struct message_header h;
	struct message_field f;

	message_header_begin(&h, field);
	return is_name(name) && field.n <= 2 * FIELD_BYTES_MAX && message_header_next(&h, &f) &&
	       span_eq(f.name, name) && f.whole.n == field.n &&
	       span_ends_nocase(field, SPAN("\r\n"));
}

static bool is_wanted(const struct milter_edit *e, const struct message_field *f, uint32_t *seen)
{
	uint32_t index = e->index ? e->index : 1;

	return e->kind == MILTER_EDIT_CHANGE && span_eq_nocase(f->name, e->name) &&
	       ++*seen == index;
}

int milter_edit_apply(struct span header, const struct milter_edit *e, struct buf *out)
{
	struct message_header h;
	struct message_field f;
	uint32_t at = 0, seen = 0;
	bool done = false;

	message_header_begin(&h, header);
	while (message_header_next(&h, &f)) {
		if (e->kind == MILTER_EDIT_INSERT && at++ == e->index) {
			buf_put(out, e->field);
			done = true;
		}
		if (!done && is_wanted(e, &f, &seen)) {
			buf_put(out, e->field);
			done = true;
		} else {
			buf_put(out, f.whole);
		}
	}
	if (!done) /* also a change of what is not there: libmilter's smfi_chgheader */
		buf_put(out, e->field);
	return buf_put(out, span_sub(header, h.fields_n, header.n));
}
