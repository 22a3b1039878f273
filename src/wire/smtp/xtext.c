/* wire/smtp/xtext.c - see xtext.h. */
#include "wire/smtp/xtext.h"

#include "base/utf8.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Takes one octet of decoded text: 0-255, or -1 when the xtext is malformed. */
static int take_octet(struct span *x)
{
	unsigned char c = (unsigned char)x->p[0];
	int high, low;

	if (c != '+') {
		*x = span_sub(*x, 1, x->n);
		return c < '!' || c > '~' || c == '=' ? -1 : c;
	}
	if (x->n < 3)
		return -1;
	high = hex_value(x->p[1]);
	low = hex_value(x->p[2]);
	*x = span_sub(*x, 3, x->n);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool smtp_xtext_valid(struct span x)
{
	while (x.n) {
		int c = take_octet(&x);

		if (c < ' ' || c > '~')
			return false;
	}
	return true;
}

/* RFC 6533 3: EmbeddedUnicodeChar, "\x{" HEXPOINT "}".  Takes it; false when it
 * is malformed or stands for a control character. */
static bool take_embedded(struct span *s)
{
	uint32_t c = 0;
	size_t n = 0;

	if (!span_eat(s, SPAN("\\x{")))
		return false;
	for (; n < s->n && n < 6 && hex_value(s->p[n]) >= 0; n++)
		c = c << 4 | (uint32_t)hex_value(s->p[n]);
	if (n < 2 || n == s->n || s->p[n] != '}')
		return false;
	*s = span_sub(*s, n + 1, s->n);
	return c >= 0x20 && c <= 0x10ffff && (c < 0x7f || c > 0x9f) && (c < 0xd800 || c > 0xdfff);
}

static bool is_utf8_address(struct span s, bool utf8)
{
	if (utf8 ? !utf8_valid(s) : !utf8_is_ascii(s))
		return false;
	while (s.n) {
		unsigned char c = (unsigned char)s.p[0];

		if (c == '\\') {
			if (!take_embedded(&s))
				return false;
			continue;
		}
		if (c <= ' ' || c == 0x7f || c == '+' || c == '=')
			return false;
		s = span_sub(s, 1, s.n);
	}
	return true;
}

static bool is_addr_type(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    c != '-')
			return false;
	}
	return s.n > 0;
}

bool smtp_orcpt_valid(struct span orcpt, bool utf8)
{
	struct span address = orcpt, type;

	if (!span_split(&address, ';', &type) || !is_addr_type(type) || address.n == 0)
		return false;
	if (span_eq_nocase(type, SPAN("utf-8")))
		return is_utf8_address(address, utf8);
	return smtp_xtext_valid(address);
}
