/* wire/imap/utf7.c - modified UTF-7; see name.h. */
#include "wire/imap/name.h"

#include "base/utf8.h"

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static int digit_of(char c)
{
	const char *at = c ? strchr(BASE64, c) : NULL;

	return at ? (int)(at - BASE64) : -1;
}

static int put_code_point(struct buf *out, uint32_t code_point)
{
	char p[4];

	return buf_put(out, span_make(p, utf8_encode(code_point, p)));
}

/* UTF-16 units as they come; a high surrogate is kept until its other half is there. */
struct utf16 {
	struct buf *out;
	uint32_t high;
};

static int utf16_unit(struct utf16 *u, uint32_t unit)
{
	uint32_t high = u->high;

	u->high = 0;
	if (high && (unit < 0xdc00 || unit > 0xdfff))
		return ERR_SYNTAX;
	if (high)
		return put_code_point(u->out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return ERR_SYNTAX;
	if (unit >= 0x20 && unit < 0x7f) /* RFC 3501 5.1.3: represents itself */
		return ERR_SYNTAX;
	if (unit >= 0xd800 && unit <= 0xdbff) {
		u->high = unit;
		return 0;
	}
	return put_code_point(u->out, unit);
}

/* What stands between & and -. */
static int decode_shift(struct span in, struct buf *out)
{
	struct utf16 u = { .out = out };
	uint32_t bits = 0;
	unsigned n_bits = 0;

	for (size_t i = 0; i < in.n; i++) {
		int digit = digit_of(in.p[i]), e;

		if (digit < 0)
			return ERR_SYNTAX;
		bits = bits << 6 | (uint32_t)digit;
		n_bits += 6;
		if (n_bits < 16)
			continue;
		n_bits -= 16;
		e = utf16_unit(&u, bits >> n_bits & 0xffff);
		if (e < 0)
			return e;
	}
	return u.high || n_bits >= 6 || (bits & ((1u << n_bits) - 1)) ? ERR_SYNTAX : 0;
}

int imap_utf7_decode(struct span in, struct buf *out)
{
	bool shifted =
	        false; /* the last thing was a shift: another would be a second form of one */

	while (in.n > 0) {
		struct span shift;
		char c = in.p[0];
		ptrdiff_t close;
		int e;

		if (c != '&') {
			if (c < 0x20 || c == 0x7f)
				return ERR_SYNTAX;
			e = buf_putc(out, c);
			in = span_sub(in, 1, in.n);
			shifted = false;
			if (e < 0)
				return e;
			continue;
		}
		close = span_find(in, '-');
		if (close < 0)
			return ERR_SYNTAX;
		shift = span_sub(in, 1, (size_t)close - 1);
		in = span_sub(in, (size_t)close + 1, in.n);
		if (shift.n > 0 && shifted)
			return ERR_SYNTAX;
		shifted = shift.n > 0;
		e = shifted ? decode_shift(shift, out) : buf_putc(out, '&');
		if (e < 0)
			return e;
	}
	return 0;
}

/* Bits that are not written yet; `open` within a shift. */
struct shift {
	struct buf *out;
	uint32_t bits;
	unsigned n_bits;
	bool open;
};

static void shift_unit(struct shift *s, uint32_t unit)
{
	if (!s->open)
		(void)buf_putc(s->out, '&');
	s->open = true;
	s->bits = s->bits << 16 | unit;
	for (s->n_bits += 16; s->n_bits >= 6; s->n_bits -= 6)
		(void)buf_putc(s->out, BASE64[s->bits >> (s->n_bits - 6) & 63]);
}

static void shift_close(struct shift *s)
{
	if (s->n_bits > 0)
		(void)buf_putc(s->out, BASE64[s->bits << (6 - s->n_bits) & 63]);
	if (s->open)
		(void)buf_putc(s->out, '-');
	*s = (struct shift){ .out = s->out };
}

int imap_utf7_encode(struct span name, struct buf *out)
{
	struct shift s = { .out = out };
	uint32_t c;

	while (name.n > 0) {
		if (utf8_next(&name, &c) < 0)
			return ERR_SYNTAX;
		if (c >= 0x20 && c < 0x7f) {
			shift_close(&s);
			(void)buf_putc(out, (char)c);
			if (c == '&')
				(void)buf_putc(out, '-');
		} else if (c < 0x10000) {
			shift_unit(&s, c);
		} else {
			shift_unit(&s, 0xd800 + ((c - 0x10000) >> 10));
			shift_unit(&s, 0xdc00 + ((c - 0x10000) & 0x3ff));
		}
	}
	shift_close(&s);
	return out->err;
}
