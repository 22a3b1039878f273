/* mailfile/mbox_writer.c - one message as an mbox has it: see mbox.h. */
#include "mailfile/mbox.h"

#include "wire/message/header.h"

/* One line with its end. */
static void put_line(enum mbox_kind kind, struct span line, enum mailfile_eol eol, struct buf *out)
{
	struct span rest = line;

	while (kind != MBOX_O && span_eat(&rest, SPAN(">")))
		continue;
	if (kind != MBOX_CL2 && span_starts(rest, SPAN("From ")))
		buf_putc(out, '>');
	mailfile_text_put(line, eol, out);
}

static void put_lines(enum mbox_kind kind, struct span text, enum mailfile_eol eol, struct buf *out)
{
	while (text.n && !out->err) {
		ptrdiff_t at = span_find(text, '\n');
		size_t n = at < 0 ? text.n : (size_t)at + 1;
		put_line(kind, span_sub(text, 0, n), eol, out);
		text = span_sub(text, n, text.n);
	}
}

/* Where a reader sees the body begin: behind the first empty line; -1: there is none. */
static ptrdiff_t body_at(struct span message)
{
	for (size_t at = 0; at < message.n;) {
		struct span line = span_sub(message, at, message.n);
		ptrdiff_t n = span_find(line, '\n');
		bool blank = n == 0 || (n == 1 && line.p[0] == '\r');
		if (n < 0)
			return -1;
		at += (size_t)n + 1;
		if (blank)
			return (ptrdiff_t)at;
	}
	return -1;
}

static size_t fields_end(struct span message)
{
	struct message_header h;
	struct message_field f;

	message_header_begin(&h, message);
	while (message_header_next(&h, &f))
		continue;
	return h.fields_n;
}

int mbox_put(enum mbox_kind kind, const struct mailfile_from *from,
             const struct mailfile_flags *flags, struct span message, struct buf *out)
{
	AUTO_BUF body = BUF(SIZE_MAX / 4), fields = BUF(MESSAGE_HEADER_BYTES_MAX);
	bool counted = kind == MBOX_CL || kind == MBOX_CL2;
	enum mailfile_eol eol = mailfile_eol_of(message);
	ptrdiff_t at = body_at(message);
	size_t n = fields_end(message);

	if (at < (ptrdiff_t)n) /* none, or between bare LFs within a field */
		at = -1;
	size_t begin = at < 0 ? message.n : (size_t)at;

	put_lines(kind, span_sub(message, begin, message.n), eol, &body);
	int r = body.err;
	bool no_place = !n && message.n && (message.p[0] == ' ' || message.p[0] == '\t');
	if (r >= 0 && !no_place) /* a line that would continue the last of them */
		r = mailfile_fields_put(flags, message, counted && at >= 0 ? (int64_t)body.n : -1,
		                        &fields);
	if (r < 0)
		return r;
	mailfile_from_put(from->sender, from->unix_s, out);
	buf_putc(out, '\n');
	put_lines(kind, span_sub(message, 0, n), eol, out);
	if (fields.n && n && !span_ends_nocase(span_sub(message, 0, n), SPAN("\r\n")))
		mailfile_text_put(SPAN("\r\n"), eol, out);
	mailfile_text_put(buf_span(&fields), eol, out);
	put_lines(kind, span_sub(message, n, begin - n), eol, out);
	buf_put(out, buf_span(&body));
	if (!counted && message.n && message.p[message.n - 1] != '\n')
		buf_putc(out, '\n');
	return buf_putc(out, '\n');
}
