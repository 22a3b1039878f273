/* mailfile/name.c - see name.h. */
#include "mailfile/name.h"

#include "wire/imap/name.h"

static bool is_ending(struct span s)
{
	return span_eq_nocase(s, SPAN(".mbox")) || span_eq_nocase(s, SPAN(".eml"));
}

int mailfile_name_put(struct span level, struct buf *out)
{
	size_t begin = out->n;

	for (size_t i = 0; i < level.n; i++) {
		bool dot = level.p[i] == '.';
		if (level.p[i] == '%')
			buf_puts(out, "%25");
		else if (level.p[i] == '&')
			buf_puts(out, "%26");
		else if (dot && (i == 0 || is_ending(span_sub(level, i, level.n))))
			buf_puts(out, "%2E");
		else
			buf_putc(out, level.p[i]);
	}
	if (out->err)
		return out->err;
	return out->n - begin > MAILFILE_NAME_MAX ? ERR_TOO_LONG : 0;
}

/* Levels are told apart before: '/' stays. */
static bool is_utf7(struct span name, struct buf *out)
{
	struct buf before = *out;

	if (span_find(name, '&') < 0)
		return false;
	if (imap_utf7_decode(name, out) >= 0)
		return true;
	out->n = before.n;
	out->err = before.err;
	return false;
}

int mailfile_name_get(struct span name, struct buf *out)
{
	if (is_utf7(name, out))
		return 0;
	while (name.n && !out->err) {
		if (span_eat(&name, SPAN("%25"))) {
			buf_putc(out, '%');
		} else if (span_eat(&name, SPAN("%26"))) {
			buf_putc(out, '&');
		} else if (span_eat_nocase(&name, SPAN("%2E"))) {
			buf_putc(out, '.');
		} else {
			buf_putc(out, name.p[0]);
			name = span_sub(name, 1, name.n);
		}
	}
	return out->err;
}
