/* base/span.h - a borrowed run of octets: pointer and length, never owned.
 *
 * Floor 0: no I/O, no allocation.  A span need not be NUL-terminated and may
 * hold NULs.  The empty span may have p == NULL.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

struct span {
	const char *p;
	size_t n;
};

/* A literal as a span; usable as an expression and (GNU C) in static initialisers. */
#define SPAN(lit)   ((struct span){ (lit), sizeof(lit) - 1 })
/* For printf: "%.*s" with SPAN_ARG(s).  Escape control octets before a person sees them. */
#define SPAN_ARG(s) (int)(s).n, (s).p

static inline struct span span_make(const void *p, size_t n)
{
	return (struct span){ p, n };
}

static inline struct span span_str(const char *z)
{
	return (struct span){ z, z ? strlen(z) : 0 };
}

bool span_eq(struct span a, struct span b);
/* ASCII case-insensitive; never locale dependent. */
bool span_eq_nocase(struct span a, struct span b);
bool span_starts(struct span s, struct span prefix);
bool span_starts_nocase(struct span s, struct span prefix);
bool span_ends_nocase(struct span s, struct span suffix);
/* memcmp order, the shorter first. */
int span_cmp(struct span a, struct span b);

/* Removes the prefix from the front of *s and returns true, or leaves *s and returns false. */
bool span_eat(struct span *s, struct span prefix);
bool span_eat_nocase(struct span *s, struct span prefix);
/* Removes leading / both-sided SP and HTAB. */
struct span span_trim_left(struct span s);
struct span span_trim(struct span s);

/* Index of the first octet c or of the first occurrence of needle, or -1. */
ptrdiff_t span_find(struct span s, char c);
ptrdiff_t span_find_last(struct span s, char c);
ptrdiff_t span_find_span(struct span s, struct span needle);
ptrdiff_t span_find_nocase(struct span s, struct span needle);

/* Splits at the first c: *head gets what is before, *s what is after.  Without
 * c, *head gets all and *s becomes empty.  False when *s was empty already. */
bool span_split(struct span *s, char c, struct span *head);

static inline struct span span_sub(struct span s, size_t from, size_t n)
{
	if (from > s.n)
		from = s.n;
	if (n > s.n - from)
		n = s.n - from;
	return (struct span){ s.p ? s.p + from : NULL, n };
}

/* Whole span as a decimal number without sign; ERR_SYNTAX on anything else or
 * on more than max. */
NODISCARD int span_to_u64(struct span s, uint64_t max, uint64_t *out);

#endif
