/* wire/smtp/enhanced.c - enhanced status codes, RFC 3463 2; see reply.h. */
#include "wire/smtp/reply.h"

enum { DIGITS_MAX = 3 };

static bool take_number(struct span *s, uint16_t *out)
{
	unsigned v = 0;
	size_t n = 0;

	for (; n < s->n && n < DIGITS_MAX && s->p[n] >= '0' && s->p[n] <= '9'; n++)
		v = v * 10 + (unsigned)(s->p[n] - '0');
	*s = span_sub(*s, n, s->n);
	*out = (uint16_t)v;
	return n > 0;
}

int smtp_enhanced_parse(struct span *in, struct smtp_enhanced *out)
{
	struct smtp_enhanced e = { 0 };
	struct span s = *in;

	if (s.n == 0 || (s.p[0] != '2' && s.p[0] != '4' && s.p[0] != '5'))
		return ERR_SYNTAX;
	e.class = (uint8_t)(s.p[0] - '0');
	s = span_sub(s, 1, s.n);
	if (!span_eat(&s, SPAN(".")) || !take_number(&s, &e.subject) || !span_eat(&s, SPAN(".")) ||
	    !take_number(&s, &e.detail))
		return ERR_SYNTAX;
	if (s.n && !span_eat(&s, SPAN(" ")))
		return ERR_SYNTAX;
	*in = s;
	*out = e;
	return 0;
}

int smtp_enhanced_print(struct smtp_enhanced e, struct buf *out)
{
	if (e.class == 0)
		return out->err;
	return buf_printf(out, "%u.%u.%u", e.class, e.subject, e.detail);
}
