/* base/utf8.c - see utf8.h. */
#include "base/utf8.h"

#include "base/err.h"

enum { BLOCK = 1024 }; /* octets looked at before the answer may be known */

/* The OR of all octets: a message's text is looked at whole, so the compiler is given what it can
 * do 16 or 32 octets at a time. */
static unsigned char octets_or(const char *p, size_t n)
{
	unsigned char all = 0;

	for (size_t i = 0; i < n; i++)
		all |= (unsigned char)p[i];
	return all;
}

bool utf8_is_ascii(struct span s)
{
	for (size_t at = 0; at < s.n; at += BLOCK)
		if (octets_or(s.p + at, s.n - at < BLOCK ? s.n - at : BLOCK) >= 0x80)
			return false;
	return true;
}

bool utf8_valid(struct span s)
{
	uint32_t c;

	while (s.n)
		if (utf8_next(&s, &c) < 0)
			return false;
	return true;
}

/* Length that a first octet announces; 0 when none may start with it. */
static size_t sequence_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* Of the sequences whose shape is right: overlong, surrogate or too high. */
static bool is_forbidden(uint32_t c, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	return c < least[n] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff;
}

int utf8_next(struct span *s, uint32_t *code_point)
{
	const unsigned char *p = (const unsigned char *)s->p;
	size_t n = s->n ? sequence_length(p[0]) : 0;
	uint32_t c;

	if (n == 0 || n > s->n)
		goto bad;
	c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			goto bad;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (is_forbidden(c, n))
		goto bad;
	*s = span_sub(*s, n, s->n);
	*code_point = c;
	return 0;
bad:
	*s = span_sub(*s, 1, s->n);
	return ERR_SYNTAX;
}

size_t utf8_encode(uint32_t c, char out[4])
{
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = 0xfffd;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}
