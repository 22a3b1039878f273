/* wire/spf/macro.c - see macro.h. */
#include "wire/spf/macro.h"

enum token_kind { TOKEN_LITERAL, TOKEN_MACRO };

/* RFC 7208 7.1: a run of literals, "%%", "%_", "%-", or "%{" letter digits "r" delimiters "}". */
struct token {
	enum token_kind kind;
	struct span literal;
	char letter; /* lower case */
	bool escape; /* it was upper case */
	bool reverse;
	size_t parts; /* 0: all */
	struct span delimiters;
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

/* What stands between the braces. */
static int parse_macro(struct span in, struct token *out)
{
	size_t i = 1, parts = 0;

	if (in.n == 0 || !memchr("slodiphcrtv", lower(in.p[0]), 11))
		return ERR_SYNTAX;
	*out = (struct token){ .kind = TOKEN_MACRO, .letter = lower(in.p[0]) };
	out->escape = out->letter != in.p[0];
	for (; i < in.n && in.p[i] >= '0' && in.p[i] <= '9'; i++)
		parts = parts > 1000 ? parts : parts * 10 + (size_t)(in.p[i] - '0');
	if (i > 1 && parts == 0)
		return ERR_SYNTAX;
	out->parts = parts;
	if (i < in.n && lower(in.p[i]) == 'r') {
		out->reverse = true;
		i++;
	}
	out->delimiters = span_sub(in, i, in.n);
	for (; i < in.n; i++)
		if (!memchr(".-+,/_=", in.p[i], 7))
			return ERR_SYNTAX;
	return 0;
}

/* 1, 0 at the end, or ERR_SYNTAX. */
static int token_next(struct span *s, struct token *out)
{
	size_t n = 0;

	if (s->n == 0)
		return 0;
	while (n < s->n && s->p[n] != '%')
		n++;
	if (n) {
		*out = (struct token){ .literal = span_sub(*s, 0, n) };
		*s = span_sub(*s, n, s->n);
		return 1;
	}
	char c = s->n > 1 ? s->p[1] : 0;
	ptrdiff_t end = c == '{' ? span_find(*s, '}') : 1;
	if (end < 0)
		return ERR_SYNTAX;
	struct span inner = span_sub(*s, 2, (size_t)end - 2);
	*s = span_sub(*s, (size_t)end + 1, s->n);
	if (c == '{')
		return parse_macro(inner, out) < 0 ? ERR_SYNTAX : 1;
	*out = (struct token){ .literal = c == '%'   ? SPAN("%")
		                          : c == '_' ? SPAN(" ")
		                                     : SPAN("%20") };
	return c == '%' || c == '_' || c == '-' ? 1 : ERR_SYNTAX;
}

static bool is_printable(struct span s, char least)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < least || s.p[i] > 0x7e)
			return false;
	return true;
}

/* ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum ) */
static bool is_top_label(struct span s)
{
	bool all_digits = true;

	if (s.n == 0 || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_alnum(s.p[i]) && s.p[i] != '-')
			return false;
		all_digits &= s.p[i] >= '0' && s.p[i] <= '9';
	}
	return !all_digits;
}

/* "." toplabel [ "." ] at the end of the literals that end a domain-spec. */
static bool ends_in_top_label(struct span literal)
{
	if (literal.n && literal.p[literal.n - 1] == '.')
		literal.n--;
	ptrdiff_t dot = span_find_last(literal, '.');
	return dot >= 0 && is_top_label(span_sub(literal, (size_t)dot + 1, literal.n));
}

int spf_macro_check(struct span text, enum spf_macro_form form)
{
	struct span rest = text, last = { 0 };
	char least = form == SPF_EXPLANATION ? ' ' : '!';
	struct token t;
	int r;

	if (form == SPF_DOMAIN_SPEC && text.n == 0)
		return ERR_SYNTAX;
	while (last = rest, (r = token_next(&rest, &t)) > 0) {
		last.n -= rest.n;
		if (t.kind == TOKEN_MACRO && form != SPF_EXPLANATION && memchr("crt", t.letter, 3))
			return ERR_SYNTAX;
		if (last.p[0] != '%' && !is_printable(last, least))
			return ERR_SYNTAX;
		if (rest.n == 0 && form == SPF_DOMAIN_SPEC && last.p[0] != '%' &&
		    !ends_in_top_label(last))
			return ERR_SYNTAX;
	}
	return r;
}

bool spf_macro_uses(struct span text, char letter)
{
	struct token t;

	while (token_next(&text, &t) > 0)
		if (t.kind == TOKEN_MACRO && t.letter == letter)
			return true;
	return false;
}

static void put_ip(struct buf *out, const struct ip *ip, bool nibbles)
{
	char text[IP_TEXT_BYTES];

	if (!nibbles || ip->n == 4)
		(void)buf_puts(out, ip_text(ip, text));
	else
		for (size_t i = 0; i < ip->n; i++)
			(void)buf_printf(out, "%s%X.%X", i ? "." : "", ip->octets[i] >> 4u,
			                 ip->octets[i] & 15u);
}

/* RFC 7208 7.2, before any transformation. */
static void put_value(struct buf *out, const struct spf_values *v, char letter)
{
	switch (letter) {
	case 's':
		(void)buf_printf(out, "%.*s@%.*s", SPAN_ARG(v->local), SPAN_ARG(v->sender_domain));
		break;
	case 'l': (void)buf_put(out, v->local); break;
	case 'o': (void)buf_put(out, v->sender_domain); break;
	case 'd': (void)buf_put(out, v->domain); break;
	case 'p': (void)buf_put(out, v->validated.n ? v->validated : SPAN("unknown")); break;
	case 'v': (void)buf_puts(out, v->ip.n == 4 ? "in-addr" : "ip6"); break;
	case 'h': (void)buf_put(out, v->helo); break;
	case 'r': (void)buf_put(out, v->receiver.n ? v->receiver : SPAN("unknown")); break;
	case 't': (void)buf_printf(out, "%jd", (intmax_t)v->now_s); break;
	default: put_ip(out, &v->ip, letter == 'i');
	}
}

static bool is_delimiter(struct span delimiters, char c)
{
	return delimiters.n ? memchr(delimiters.p, c, delimiters.n) != NULL : c == '.';
}

static void put_part(struct buf *out, struct span part, bool escape)
{
	for (size_t i = 0; i < part.n; i++)
		if (!escape || is_alnum(part.p[i]) || memchr("-._~", part.p[i], 4))
			(void)buf_putc(out, part.p[i]);
		else
			(void)buf_printf(out, "%%%02X", (unsigned char)part.p[i]);
}

static struct span part_before(struct span value, size_t end, struct span delimiters)
{
	size_t begin = end;

	while (begin && !is_delimiter(delimiters, value.p[begin - 1]))
		begin--;
	return span_sub(value, begin, end - begin);
}

static struct span part_after(struct span value, size_t begin, struct span delimiters)
{
	size_t end = begin;

	while (end < value.n && !is_delimiter(delimiters, value.p[end]))
		end++;
	return span_sub(value, begin, end - begin);
}

/* RFC 7208 7.3: split, reversed, the right-hand parts kept, joined by dots. */
static void put_transformed(struct buf *out, struct span value, const struct token *t)
{
	size_t n = 1, keep, at = 0;

	for (size_t i = 0; i < value.n; i++)
		n += is_delimiter(t->delimiters, value.p[i]);
	keep = t->parts && t->parts < n ? t->parts : n;
	/* Reversed, the right-hand parts are the first ones, told from their last. */
	for (size_t skip = t->reverse ? keep - 1 : n - keep; skip; skip--)
		at += part_after(value, at, t->delimiters).n + 1;
	if (t->reverse)
		at += part_after(value, at, t->delimiters).n;
	for (size_t i = 0; i < keep; i++) {
		struct span part = t->reverse ? part_before(value, at, t->delimiters)
		                              : part_after(value, at, t->delimiters);

		if (i)
			(void)buf_putc(out, '.');
		put_part(out, part, t->escape);
		at = t->reverse ? at - part.n - 1 : at + part.n + 1;
	}
}

static int put_token(struct buf *out, const struct spf_values *values, const struct token *t,
                     struct buf *scratch)
{
	if (t->kind == TOKEN_LITERAL)
		return buf_put(out, t->literal);
	buf_reset(scratch);
	put_value(scratch, values, t->letter);
	if (scratch->err)
		return scratch->err;
	put_transformed(out, buf_span(scratch), t);
	return out->err;
}

enum { VALUE_MAX = 4096 };

int spf_macro_expand_tail(struct span text, const struct spf_values *values, size_t keep,
                          struct buf *out)
{
	AUTO_BUF scratch = BUF(VALUE_MAX);
	struct token t;
	int r = 0;

	while (r >= 0 && (r = token_next(&text, &t)) > 0) {
		r = put_token(out, values, &t, &scratch);
		if (r == 0 && keep && out->n > 2 * keep)
			buf_consume(out, out->n - keep);
	}
	return r;
}

int spf_macro_expand(struct span text, const struct spf_values *values, struct buf *out)
{
	return spf_macro_expand_tail(text, values, 0, out);
}
