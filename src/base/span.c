/* base/span.c - see span.h. */
#include "base/span.h"

#include "base/os.h"

#include "base/err.h"

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* memcmp and its kin may not be given NULL, not even with length 0. */
static bool same(const char *a, const char *b, size_t n)
{
	return n == 0 || memcmp(a, b, n) == 0;
}

static bool same_nocase(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && same(a.p, b.p, a.n);
}

bool span_eq_nocase(struct span a, struct span b)
{
	return a.n == b.n && same_nocase(a.p, b.p, a.n);
}

bool span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && same(s.p, prefix.p, prefix.n);
}

bool span_starts_nocase(struct span s, struct span prefix)
{
	return s.n >= prefix.n && same_nocase(s.p, prefix.p, prefix.n);
}

bool span_ends_nocase(struct span s, struct span suffix)
{
	return s.n >= suffix.n && span_eq_nocase(span_sub(s, s.n - suffix.n, suffix.n), suffix);
}

int span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int r = n ? memcmp(a.p, b.p, n) : 0;

	return r ? r : (a.n > b.n) - (a.n < b.n);
}

bool span_eat(struct span *s, struct span prefix)
{
	if (!span_starts(*s, prefix))
		return false;
	*s = span_sub(*s, prefix.n, s->n);
	return true;
}

bool span_eat_nocase(struct span *s, struct span prefix)
{
	if (!span_starts_nocase(*s, prefix))
		return false;
	*s = span_sub(*s, prefix.n, s->n);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span span_trim_left(struct span s)
{
	size_t i = 0;

	while (i < s.n && is_blank(s.p[i]))
		i++;
	return span_sub(s, i, s.n);
}

struct span span_trim(struct span s)
{
	s = span_trim_left(s);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

ptrdiff_t span_find(struct span s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? at - s.p : -1;
}

ptrdiff_t span_find_last(struct span s, char c)
{
	ptrdiff_t at = (ptrdiff_t)s.n - 1;

	while (at >= 0 && s.p[at] != c)
		at--;
	return at;
}

ptrdiff_t span_find_span(struct span s, struct span needle)
{
	const char *at;

	if (needle.n == 0)
		return 0;
	at = s.n ? os_memmem(s.p, s.n, needle.p, needle.n) : NULL;
	return at ? at - s.p : -1;
}

ptrdiff_t span_find_nocase(struct span s, struct span needle)
{
	for (size_t i = 0; i + needle.n <= s.n; i++)
		if (same_nocase(s.p + i, needle.p, needle.n))
			return (ptrdiff_t)i;
	return -1;
}

bool span_split(struct span *s, char c, struct span *head)
{
	ptrdiff_t at = span_find(*s, c);

	if (s->n == 0)
		return false;
	*head = at < 0 ? *s : span_sub(*s, 0, (size_t)at);
	*s = span_sub(*s, head->n + (at >= 0), s->n);
	return true;
}

int span_to_u64(struct span s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return err(ERR_SYNTAX, "a number is missing");
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';

		if (digit > 9)
			return err(ERR_SYNTAX, "not a decimal number");
		if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, digit, &v) ||
		    v > max)
			return err(ERR_SYNTAX, "number is over %ju", (uintmax_t)max);
	}
	*out = v;
	return 0;
}
