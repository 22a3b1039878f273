/* mailfile/lines.c - see lines.h. */
#include "mailfile/lines.h"

int mailfile_line_get(struct mailfile_lines *l, struct span text, enum mailfile_eol eol,
                      struct buf *out)
{
	if (l->first == MAILFILE_NO_EOL)
		l->first = eol;
	buf_put(out, text);
	if (eol == MAILFILE_NO_EOL)
		return out->err;
	bool bare = eol == MAILFILE_LF && l->first == MAILFILE_CRLF;
	return buf_put(out, bare ? SPAN("\n") : SPAN("\r\n"));
}

int mailfile_text_get(struct span file, struct buf *out)
{
	struct mailfile_lines l = { 0 };

	while (file.n && !out->err) {
		ptrdiff_t at = span_find(file, '\n');
		size_t n = at < 0 ? file.n : (size_t)at;
		bool crlf = at > 0 && file.p[at - 1] == '\r';
		enum mailfile_eol eol = at < 0 ? MAILFILE_NO_EOL
		                        : crlf ? MAILFILE_CRLF
		                               : MAILFILE_LF;
		mailfile_line_get(&l, span_sub(file, 0, n - crlf), eol, out);
		file = span_sub(file, n + (at >= 0), file.n);
	}
	return out->err;
}

enum mailfile_eol mailfile_eol_of(struct span message)
{
	struct span rest = message;
	ptrdiff_t at;

	while ((at = span_find(rest, '\n')) >= 0) {
		bool bare = at == 0 || rest.p[at - 1] != '\r';
		bool more = at > 1 && rest.p[at - 2] == '\r';
		if (bare || more)
			return MAILFILE_CRLF;
		rest = span_sub(rest, (size_t)at + 1, rest.n);
	}
	return MAILFILE_LF;
}

int mailfile_text_put(struct span message, enum mailfile_eol eol, struct buf *out)
{
	ptrdiff_t at;

	if (eol == MAILFILE_CRLF)
		return buf_put(out, message);
	while ((at = span_find_span(message, SPAN("\r\n"))) >= 0 && !out->err) {
		buf_put(out, span_sub(message, 0, (size_t)at));
		buf_putc(out, '\n');
		message = span_sub(message, (size_t)at + 2, message.n);
	}
	return buf_put(out, message);
}
