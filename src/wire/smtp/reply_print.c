/* wire/smtp/reply_print.c - writing a reply; see reply.h. */
#include "wire/smtp/reply.h"

#include "base/err.h"

enum { CODE_BYTES = 4, ESCAPE_BYTES = 4, ENHANCED_MAX = 16 };

/* Begins a line and returns where its '-' stands, for the last to become ' '. */
static size_t begin_line(struct buf *out, int code, struct span enhanced)
{
	buf_printf(out, "%03d-", code);
	if (enhanced.n) {
		buf_put(out, enhanced);
		buf_putc(out, ' ');
	}
	return out->n - enhanced.n - (enhanced.n > 0) - 1;
}

int smtp_reply_print(struct buf *out, int code, const char *enhanced, struct span text)
{
	struct span e = span_str(enhanced);
	size_t room, left, mark;

	if (code < 200 || code > 599 || e.n > ENHANCED_MAX) {
		if (!out->err)
			out->err = err(ERR_BUG, "no reply: %d %.*s", code, SPAN_ARG(e));
		return out->err;
	}
	room = SMTP_REPLY_LINE_MAX - 2 - CODE_BYTES - e.n - (e.n > 0);
	mark = begin_line(out, code, e);
	left = room;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool plain = c >= 0x20 && c < 0x7f;

		if (c == '\n' || left < (plain ? 1 : ESCAPE_BYTES)) {
			buf_put(out, SPAN("\r\n"));
			mark = begin_line(out, code, e);
			left = room;
		}
		if (c == '\n')
			continue;
		if (plain)
			buf_putc(out, (char)c);
		else
			buf_printf(out, "\\x%02x", c);
		left -= plain ? 1 : ESCAPE_BYTES;
	}
	buf_put(out, SPAN("\r\n"));
	if (out->err == 0)
		out->p[mark] = ' ';
	return out->err;
}
