/* wire/message/names/charset.c - names in charsets and encoded words that are seldom read; see
 * names.h.  RFC 2047, RFC 2152, RFC 1468, RFC 1843. */
#include <string.h>

#include "wire/message/names/names_impl.h"

static int sextet(char c)
{
	ptrdiff_t at = span_find(SPAN("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                              "0123456789+/"),
	                         c);

	return (int)at;
}

/* RFC 2152: "+" BASE64 "-" is UTF-16, "+-" a plus.  What is not ASCII is left out, as below. */
static void put_utf7(struct buf *out, struct span in)
{
	uint32_t bits = 0;
	unsigned n_bits = 0;
	size_t run = 0; /* of base64, and the plus; 0: plain */

	for (size_t i = 0; i < in.n; i++) {
		int six = run ? sextet(in.p[i]) : -1;
		if (six >= 0) {
			run++;
			bits = bits << 6 | (uint32_t)six;
			n_bits += 6;
			if (n_bits < 16)
				continue;
			n_bits -= 16;
			uint32_t unit = bits >> n_bits & 0xffff;
			if (unit && unit < 0x80)
				buf_putc(out, (char)unit);
		} else if (!run && in.p[i] == '+') {
			run = 1;
			n_bits = 0;
		} else {
			if (in.p[i] != '-' || !run)
				buf_putc(out, in.p[i]);
			else if (run == 1)
				buf_putc(out, '+');
			run = 0;
		}
	}
}

static bool is_utf7(struct span charset)
{
	return span_eq_nocase(charset, SPAN("utf-7")) || span_eq_nocase(charset, SPAN("utf7")) ||
	       span_eq_nocase(charset, SPAN("unicode-1-1-utf-7")) ||
	       span_eq_nocase(charset, SPAN("x-unicode-2-0-utf-7")) ||
	       span_eq_nocase(charset, SPAN("csUnicode11UTF7"));
}

/* ISO-2022-JP (RFC 1468) and its kin, HZ (RFC 1843). */
static bool is_escaped(struct span charset)
{
	return span_starts_nocase(charset, SPAN("iso-2022-")) ||
	       span_starts_nocase(charset, SPAN("csiso2022")) ||
	       span_starts_nocase(charset, SPAN("hz"));
}

size_t names_escape(struct span in)
{
	size_t n = 1;

	if (!in.n || (in.p[0] != '\x1b' && in.p[0] != '\x0e' && in.p[0] != '\x0f'))
		return 0;
	if (in.p[0] != '\x1b')
		return 1;
	while (n < in.n && in.p[n] >= ' ' && in.p[n] <= '/')
		n++;
	return n > 1 && n < in.n ? n + 1 : 0;
}

/* Shifts into other alphabets and back take no room; what stands between them is of no list. */
static void put_unescaped(struct buf *out, struct span in)
{
	while (in.n) {
		size_t n = names_escape(in);
		bool tilde = !n && in.p[0] == '~' && in.n > 1;

		if (tilde && strchr("{}\r\n", in.p[1]) && in.p[1])
			n = in.p[1] == '\r' && in.n > 2 && in.p[2] == '\n' ? 3 : 2;
		if (!n)
			buf_putc(out, in.p[0]);
		in = span_sub(in, n ? n : 1, in.n);
	}
}

/* IBM's code pages agree about letters, digits and the full stop, and not with ASCII.  Their names
 * do not tell them from others: here it is the octets. */
static bool is_ebcdic(struct span charset, struct span octets)
{
	return (span_starts_nocase(charset, SPAN("ibm")) ||
	        span_starts_nocase(charset, SPAN("cp")) ||
	        span_find_nocase(charset, SPAN("ebcdic")) >= 0) &&
	       span_find(octets, '.') < 0 && span_find(octets, '\x4b') >= 0;
}

static void put_ebcdic(struct buf *out, struct span in)
{
	static const struct {
		unsigned char from;
		const char *letters;
	} runs[] = { { 0x81, "abcdefghi" },  { 0x91, "jklmnopqr" }, { 0xa2, "stuvwxyz" },
		     { 0xc1, "ABCDEFGHI" },  { 0xd1, "JKLMNOPQR" }, { 0xe2, "STUVWXYZ" },
		     { 0xf0, "0123456789" }, { 0x4b, "." },         { 0x40, " " } };

	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];
		char plain = '?';

		for (size_t k = 0; k < N_ELEMS(runs); k++)
			if (c >= runs[k].from && c - runs[k].from < (int)strlen(runs[k].letters))
				plain = runs[k].letters[c - runs[k].from];
		buf_putc(out, plain);
	}
}

/* UTF-16 and UTF-32: ASCII is what is left when the zeros go; no other character can be part of
 * an extension on a list. */
static int wide(void *arg, struct span charset, bool begin, struct span *in, struct buf *out)
{
	(void)arg;
	(void)begin;
	if (is_utf7(charset) || is_escaped(charset) || is_ebcdic(charset, *in)) {
		is_utf7(charset)      ? put_utf7(out, *in)
		: is_escaped(charset) ? put_unescaped(out, *in)
		                      : put_ebcdic(out, *in);
		*in = span_sub(*in, in->n, 0);
		return out->err;
	}
	if (!span_starts_nocase(charset, SPAN("utf-16")) &&
	    !span_starts_nocase(charset, SPAN("utf-32")) &&
	    !span_starts_nocase(charset, SPAN("ucs-")) &&
	    !span_starts_nocase(charset, SPAN("iso-10646-ucs")))
		return ERR_UNKNOWN;
	for (size_t i = 0; i < in->n; i++)
		if (in->p[i] && (unsigned char)in->p[i] < 0x80)
			buf_putc(out, in->p[i]);
	*in = span_sub(*in, in->n, 0);
	return out->err;
}

const struct message_charsets names_charsets = { .convert = wide };

/* ---- encoded words that are none by RFC 2047 2, and are decoded all the same ---- */

/* Up to what ends it, or all. */
static struct span take_loose(struct span *in, struct span end)
{
	ptrdiff_t at = span_find_span(*in, end);
	struct span got = span_sub(*in, 0, at < 0 ? in->n : (size_t)at);

	*in = span_sub(*in, at < 0 ? in->n : (size_t)at + end.n, in->n);
	return got;
}

static void put_loose_text(struct buf *out, struct span text, bool q)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] > ' ' && text.p[i] != '?')
			buf_putc(out, text.p[i]);
		else if (q)
			buf_puts(out, text.p[i] == '?' ? "=3F" : "_");
}

void names_put_strict_words(struct buf *out, struct span in)
{
	while (in.n) {
		struct span word, charset, code;

		buf_put(out, take_loose(&in, SPAN("=?")));
		if (!in.n)
			break;
		word = in;
		charset = take_loose(&word, SPAN("?"));
		code = take_loose(&word, SPAN("?"));
		if (code.n != 1 || !strchr("qQbB", code.p[0])) {
			buf_puts(out, "=?");
			continue;
		}
		buf_printf(out, "=?%.*s?%c?", SPAN_ARG(charset.n ? charset : SPAN("utf-8")),
		           code.p[0]);
		put_loose_text(out, take_loose(&word, SPAN("?=")), (code.p[0] | 0x20) == 'q');
		buf_puts(out, "?=");
		in = word;
	}
}
