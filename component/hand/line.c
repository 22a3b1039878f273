/* component/hand/line.c - see line.h. */
#include "component/hand/line.h"

#include "base/utf8.h"

enum { REPLACEMENT = 0xfffd };

static void skip_space(struct span *s)
{
	while (s->n && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r'))
		*s = span_sub(*s, 1, s->n);
}

static bool take(struct span *s, char c)
{
	skip_space(s);
	if (!s->n || *s->p != c)
		return false;
	*s = span_sub(*s, 1, s->n);
	return true;
}

/* What stands between the quotes, escapes and all. */
static int take_string(struct span *s, struct span *out)
{
	size_t n = 0;

	if (!take(s, '"'))
		return ERR_SYNTAX;
	while (n < s->n && s->p[n] != '"')
		n += s->p[n] == '\\' ? 2 : 1;
	if (n >= s->n)
		return ERR_SYNTAX;
	*out = span_sub(*s, 0, n);
	*s = span_sub(*s, n + 1, s->n);
	return 0;
}

/* A number, true, false, null. */
static int take_word(struct span *s, struct span *out)
{
	static const struct span ends = SPAN(",}] \t\r\"{[:");
	size_t n = 0;

	while (n < s->n && span_find(ends, s->p[n]) < 0)
		n++;
	*out = span_sub(*s, 0, n);
	*s = span_sub(*s, n, s->n);
	return n ? 0 : ERR_SYNTAX;
}

static int take_hex(struct span *s, uint32_t *out)
{
	uint32_t v = 0;

	if (s->n < 4)
		return ERR_SYNTAX;
	for (size_t i = 0; i < 4; i++) {
		char c = s->p[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
		            : c >= 'a' && c <= 'f' ? c - 'a' + 10
		            : c >= 'A' && c <= 'F' ? c - 'A' + 10
		                                   : -1;
		if (digit < 0)
			return ERR_SYNTAX;
		v = v << 4 | (uint32_t)digit;
	}
	*s = span_sub(*s, 4, s->n);
	*out = v;
	return 0;
}

/* Behind \u; the second half of a pair, too. */
static int take_code_point(struct span *s, uint32_t *out)
{
	uint32_t low;
	int r = take_hex(s, out);

	if (r < 0 || *out < 0xd800 || *out > 0xdfff)
		return r;
	if (*out < 0xdc00 && span_eat(s, SPAN("\\u"))) {
		r = take_hex(s, &low);
		if (r < 0)
			return r;
		if (low >= 0xdc00 && low <= 0xdfff) {
			*out = 0x10000 + ((*out - 0xd800) << 10 | (low - 0xdc00));
			return 0;
		}
	}
	*out = REPLACEMENT;
	return 0;
}

static int decode_escape(struct span *s, char **to)
{
	static const char names[] = "\"\\/bfnrt", octets[] = "\"\\/\b\f\n\r\t";
	char c = s->p[0];
	const char *at = c ? strchr(names, c) : NULL;
	uint32_t code_point;

	*s = span_sub(*s, 1, s->n);
	if (at) {
		*(*to)++ = octets[at - names];
		return 0;
	}
	if (c != 'u' || take_code_point(s, &code_point) < 0)
		return ERR_SYNTAX;
	*to += utf8_encode(code_point, *to); /* shorter than what it stands for */
	return 0;
}

static int decode(struct span s, struct arena *mem, struct span *out)
{
	char *made = arena_alloc(mem, s.n + 1), *to = made;

	if (!made)
		return ERR_NO_MEMORY;
	while (s.n) {
		char c = *s.p;

		s = span_sub(s, 1, s.n);
		if (c != '\\')
			*to++ = c;
		else if (!s.n || decode_escape(&s, &to) < 0)
			return ERR_SYNTAX;
	}
	*out = span_make(made, (size_t)(to - made));
	return 0;
}

static int take_member(struct span *s, struct span *key, struct span *value, bool *is_string)
{
	int r = take_string(s, key);

	if (r < 0 || !take(s, ':'))
		return ERR_SYNTAX;
	skip_space(s);
	*is_string = s->n && *s->p == '"';
	return *is_string ? take_string(s, value) : take_word(s, value);
}

int line_get(struct span line, const char *member, struct arena *mem, struct span *out)
{
	struct span key, value, found = { 0 };
	bool is_string, decodes = false;

	if (!take(&line, '{'))
		return ERR_SYNTAX;
	if (!take(&line, '}')) {
		do {
			if (take_member(&line, &key, &value, &is_string) < 0)
				return ERR_SYNTAX;
			if (!span_eq(key, span_str(member)))
				continue;
			found = value;
			decodes = is_string;
		} while (take(&line, ','));
		if (!take(&line, '}'))
			return ERR_SYNTAX;
	}
	skip_space(&line);
	if (line.n)
		return ERR_SYNTAX;
	if (decodes)
		return decode(found, mem, out);
	*out = span_eq(found, SPAN("null")) ? (struct span){ 0 } : found;
	return 0;
}
