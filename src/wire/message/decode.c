/* wire/message/decode.c - see decode.h.  RFC 2045 6.7, 6.8. */
#include "wire/message/decode.h"
#include "base/utf8.h"

/* Each value and one: random octets would have a branch guessed wrong every other time. */
#define ROW4(c, v) [(c)] = (v) + 1, [(c) + 1] = (v) + 2, [(c) + 2] = (v) + 3, [(c) + 3] = (v) + 4
static const unsigned char base64_values[256] = {
	ROW4('A', 0),  ROW4('E', 4),  ROW4('I', 8),  ROW4('M', 12), ROW4('Q', 16), ROW4('U', 20),
	['Y'] = 25,    ['Z'] = 26,    ROW4('a', 26), ROW4('e', 30), ROW4('i', 34), ROW4('m', 38),
	ROW4('q', 42), ROW4('u', 46), ['y'] = 51,    ['z'] = 52,    ROW4('0', 52), ROW4('4', 56),
	['8'] = 61,    ['9'] = 62,    ['+'] = 63,    ['/'] = 64,
};

static int base64_value(char c)
{
	return base64_values[(unsigned char)c] - 1;
}

int message_base64_get(struct span in, struct buf *out)
{
	uint32_t group = 0;
	unsigned n = 0;

	for (size_t i = 0; i <= in.n && !out->err; i++) {
		bool ends = i == in.n || in.p[i] == '=';
		int value = ends ? 0 : base64_value(in.p[i]);

		if (value < 0)
			continue;
		if (!ends) {
			group = group << 6 | (uint32_t)value;
			if (++n < 4)
				continue;
		}
		group <<= 6 * (4 - n);
		for (unsigned k = 1; k < n; k++)
			buf_putc(out, (char)(group >> (24 - 8 * k) & 0xff));
		group = n = 0;
	}
	return out->err;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One line without its end and the white space before that; false after a soft break. */
static bool qp_get_line(struct span line, struct buf *out)
{
	for (size_t i = 0; i < line.n; i++) {
		int high = i + 2 < line.n ? hex_value(line.p[i + 1]) : -1;
		int low = high >= 0 ? hex_value(line.p[i + 2]) : -1;

		if (line.p[i] == '=' && i + 1 == line.n)
			return false;
		if (line.p[i] == '=' && low >= 0) {
			buf_putc(out, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_putc(out, line.p[i]);
		}
	}
	return true;
}

int message_qp_get(struct span in, struct buf *out)
{
	while (in.n && !out->err) {
		const char *lf = memchr(in.p, '\n', in.n);
		size_t n = lf ? (size_t)(lf - in.p) + 1 : in.n;
		struct span line = span_sub(in, 0, lf ? n - 1 : n);

		if (lf && line.n && line.p[line.n - 1] == '\r')
			line.n--;
		while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
			line.n--;
		if (qp_get_line(line, out) && lf)
			buf_puts(out, "\r\n");
		in = span_sub(in, n, in.n);
	}
	return out->err;
}

int message_decode(struct span in, enum message_encoding e, struct buf *out)
{
	if (e == MESSAGE_ENCODING_BASE64)
		return message_base64_get(in, out);
	return e == MESSAGE_ENCODING_QP ? message_qp_get(in, out) : buf_put(out, in);
}

/* windows-1252 0x80-0x9f; 0 is undefined there. */
static const uint16_t cp1252[32] = {
	0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

enum charset { CHARSET_UTF8, CHARSET_LATIN1, CHARSET_CP1252, CHARSET_OTHER };

static enum charset charset_of(struct span name)
{
	static const struct {
		const char *name;
		enum charset charset;
	} known[] = {
		{ "utf-8", CHARSET_UTF8 },          { "utf8", CHARSET_UTF8 },
		{ "iso-8859-1", CHARSET_LATIN1 },   { "latin1", CHARSET_LATIN1 },
		{ "windows-1252", CHARSET_CP1252 }, { "cp1252", CHARSET_CP1252 },
	};

	for (size_t i = 0; i < N_ELEMS(known); i++)
		if (span_eq_nocase(name, span_str(known[i].name)))
			return known[i].charset;
	return CHARSET_OTHER;
}

/* Takes one character from the front of *in. */
static uint32_t take_char(struct span *in, enum charset charset)
{
	unsigned char c = (unsigned char)in->p[0];
	uint32_t code_point = c;

	if (charset == CHARSET_UTF8)
		return utf8_next(in, &code_point) == 0 ? code_point : 0xfffd;
	*in = span_sub(*in, 1, in->n);
	if (c < 0x80 || (charset == CHARSET_CP1252 && c >= 0xa0))
		return c;
	if (charset == CHARSET_CP1252 && cp1252[c - 0x80])
		return cp1252[c - 0x80];
	return charset == CHARSET_LATIN1 ? c : 0xfffd;
}

int message_charset_put(struct buf *out, struct span charset, struct span in)
{
	enum charset from = charset_of(charset);
	char utf8[4];

	while (in.n && !out->err) {
		size_t n = 0;

		while (n < in.n && (unsigned char)in.p[n] < 0x80)
			n++; /* the same in all of them */
		buf_put(out, span_sub(in, 0, n));
		in = span_sub(in, n, in.n);
		if (in.n)
			buf_put(out, span_make(utf8, utf8_encode(take_char(&in, from), utf8)));
	}
	return out->err;
}

/* Octets of whole characters: all but a character's beginning at the end. */
static size_t utf8_whole(struct span s)
{
	static const unsigned char least[] = { 0, 0xc0, 0xe0,
		                               0xf0 }; /* first octets of longer ones */

	for (size_t back = 1; back <= 3 && back <= s.n; back++) {
		unsigned char c = (unsigned char)s.p[s.n - back];

		if (c >= 0xc0)
			return c >= least[back] ? s.n - back : s.n;
		if (c < 0x80)
			break;
	}
	return s.n;
}

int message_charset_take(struct buf *out, struct span charset, struct span *in, bool begin,
                         bool end, const struct message_charsets *more)
{
	bool known =
	        charset_of(charset) != CHARSET_OTHER || span_eq_nocase(charset, SPAN("us-ascii"));
	int r = known || !more ? ERR_UNKNOWN : more->convert(more->arg, charset, begin, in, out);
	size_t n = in->n;

	if (r != ERR_UNKNOWN && (r < 0 || !end))
		return r;
	if (r == ERR_UNKNOWN && charset_of(charset) == CHARSET_UTF8 && !end)
		n = utf8_whole(*in);
	r = message_charset_put(out, r == ERR_UNKNOWN ? charset : SPAN("us-ascii"),
	                        span_sub(*in, 0, n));
	*in = span_sub(*in, n, in->n);
	return r;
}
