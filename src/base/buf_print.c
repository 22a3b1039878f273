/* base/buf_print.c - printf into a buf.
 *
 * Log lines, replies and trace fields are printed for each message; libc's printf would take a
 * third of what the rest of a session takes.  The verbs that they use are printed here, the others
 * there.
 */
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/verb.h"

enum { DIGITS_MAX = 20 };

static bool is_kind(char c)
{
	return c == 's' || c == 'd' || c == 'u' || c == 'x' || c == '%';
}

const char *verb_take(const char *fmt, struct verb *out)
{
	struct verb v = { 0 };

	if (*fmt == '0')
		for (; *fmt >= '0' && *fmt <= '9' && v.width <= VERB_WIDTH_MAX; fmt++)
			v.width = (uint8_t)(v.width * 10 + (*fmt - '0'));
	if (fmt[0] == '.' && fmt[1] == '*') {
		v.some = true;
		fmt += 2;
	}
	if (*fmt == 'j' || *fmt == 'z') {
		v.wide = true;
		fmt++;
	}
	v.kind = *fmt;
	if (!is_kind(v.kind) || (v.some && v.kind != 's') || v.width > VERB_WIDTH_MAX)
		return NULL;
	*out = v;
	return fmt + 1;
}

static void put_digits(struct buf *b, uintmax_t value, bool negative, unsigned base, size_t width)
{
	char text[VERB_WIDTH_MAX + DIGITS_MAX], *end = text + sizeof text, *p = end;

	do
		*--p = "0123456789abcdef"[value % base];
	while (value /= base);
	while ((size_t)(end - p) + negative < width)
		*--p = '0';
	if (negative)
		*--p = '-';
	buf_put(b, span_make(p, (size_t)(end - p)));
}

static void put_signed(struct buf *b, intmax_t value, size_t width)
{
	put_digits(b, value < 0 ? 0 - (uintmax_t)value : (uintmax_t)value, value < 0, 10, width);
}

static void put_text(struct buf *b, int most, const char *z)
{
	buf_put(b, most < 0 ? span_str(z) : span_make(z, z ? strnlen(z, (size_t)most) : 0));
}

void verb_put_number(struct buf *b, struct verb v, va_list *ap)
{
	_Static_assert(sizeof(size_t) == sizeof(uintmax_t), "z and j are read alike");
	if (v.kind == 'd')
		put_signed(b, v.wide ? va_arg(*ap, intmax_t) : va_arg(*ap, int), v.width);
	else
		put_digits(b, v.wide ? va_arg(*ap, uintmax_t) : va_arg(*ap, unsigned), false,
		           v.kind == 'x' ? 16 : 10, v.width);
}

static void put(struct buf *b, struct verb v, va_list *ap)
{
	if (v.kind == '%') {
		buf_putc(b, '%');
	} else if (v.kind == 's') {
		int most = v.some ? va_arg(*ap, int) : -1;
		put_text(b, most, va_arg(*ap, const char *));
	} else {
		verb_put_number(b, v, ap);
	}
}

static void print_by_libc(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(b->p ? b->p + b->n : NULL, b->p ? b->room - b->n + 1 : 0, fmt, again);
	va_end(again);
	if (n < 0) {
		b->err = ERR_BUG; /* a wide character, or over INT_MAX */
		return;
	}
	if ((size_t)n > b->room - b->n || (!b->p && n > 0)) {
		if (buf_reserve(b, (size_t)n) < 0)
			return;
		vsnprintf(b->p + b->n, b->room - b->n + 1, fmt, ap);
	}
	b->n += (size_t)n;
}

/* Prints up to the verb that is not printed here, or the end. */
static const char *print(struct buf *b, const char *fmt, va_list *ap)
{
	for (const char *at; (at = strchr(fmt, '%'));) {
		struct verb v;
		const char *rest = verb_take(at + 1, &v);

		buf_put(b, span_make(fmt, (size_t)(at - fmt)));
		if (!rest)
			return at;
		put(b, v, ap);
		fmt = rest;
	}
	buf_puts(b, fmt);
	return "";
}

int buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	size_t mark = b->n;
	va_list args;

	if (b->err)
		return b->err;
	va_copy(args, ap);
	fmt = print(b, fmt, &args);
	if (*fmt && !b->err)
		print_by_libc(b, fmt, args);
	va_end(args);
	if (b->err)
		b->n = mark;
	return b->err;
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return r;
}
