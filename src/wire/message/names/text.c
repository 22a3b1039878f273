/* wire/message/names/text.c - files that stand in a text: uuencode and yEnc; see names.h. */
#include "wire/message/decode.h"
#include "wire/message/header.h"
#include "wire/message/names/names_impl.h"

/* The name in "begin 644 NAME" or "begin-base64 644 NAME". */
static bool begin_line(struct span line, bool *base64, struct span *name)
{
	size_t digits = 0;

	*base64 = span_eat(&line, SPAN("begin-base64 "));
	if (!*base64 && !span_eat(&line, SPAN("begin ")))
		return false;
	line = span_trim_left(line);
	while (digits < line.n && line.p[digits] >= '0' && line.p[digits] <= '7')
		digits++;
	if (digits < 3 || digits > 6 || digits == line.n || line.p[digits] != ' ')
		return false;
	*name = span_trim(span_sub(line, digits, line.n));
	return name->n > 0;
}

/* Tells what was encoded from prose: a uuencoded line has no small letters, and its first octet
 * says how many are behind it at most. */
static bool is_encoded(struct span line, bool base64)
{
	size_t n = line.n ? ((unsigned char)line.p[0] - 32u) & 63 : 0;

	if (base64)
		return line.n && span_find(line, ' ') < 0;
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] < ' ' || line.p[i] > '`')
			return false;
	return line.n && line.n <= 1 + (n + 2) / 3 * 4 + 2;
}

static void yenc_line(struct name_list *list, struct span line)
{
	ptrdiff_t at = span_find_span(line, SPAN(" name="));

	if (span_starts(line, SPAN("=ybegin ")) && at > 0)
		name_list_add(list, span_sub(line, (size_t)at + 6, line.n));
}

static unsigned uu_value(struct span line, size_t at)
{
	return at < line.n ? ((unsigned char)line.p[at] - 32u) & 63 : 0;
}

static void put_uu_line(struct buf *out, struct span line)
{
	size_t n = uu_value(line, 0);

	for (size_t at = 1; n; at += 4) {
		unsigned word = uu_value(line, at) << 18 | uu_value(line, at + 1) << 12 |
		                uu_value(line, at + 2) << 6 | uu_value(line, at + 3);
		for (unsigned shift = 16; n && shift <= 16; shift -= 8, n--)
			buf_putc(out, (char)(word >> shift & 0xff));
	}
}

/* From its first encoded line on, up to what is none. */
static void show_encoded(struct name_list *list, size_t first, struct span text, bool base64)
{
	AUTO_BUF raw = BUF(text.n + 64);
	struct span line, whole;

	while (message_line_next(&text, &whole, &line) && is_encoded(line, base64) &&
	       !span_eq(line, SPAN("====")) && (base64 || uu_value(line, 0)))
		if (base64)
			message_base64_get(line, &raw);
		else
			put_uu_line(&raw, line);
	if (raw.err == ERR_NO_MEMORY && !list->err)
		list->err = raw.err;
	name_list_show(list, first, buf_span(&raw));
}

void names_of_text(struct name_list *list, struct span text)
{
	struct span line, whole, name = { 0 }, from = text;
	bool begun = false, base64 = false;

	for (; message_line_next(&text, &whole, &line); from = text) {
		if (begun && is_encoded(line, base64)) {
			size_t first = list->out->n;
			name_list_add(list, name);
			if (list->file)
				show_encoded(list, first, from, base64);
		}
		begun = begin_line(line, &base64, &name);
		yenc_line(list, line);
	}
}
