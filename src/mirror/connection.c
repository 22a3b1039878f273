/* mirror/connection.c - see connection.h. */
#include "mirror/connection.h"

/* The value at the front of *s, up to its semicolon.  False: it has no room. */
static bool take_value(struct span *s, char *out, size_t room)
{
	bool braced = s->n && *s->p == '{';
	size_t i = braced, n = 0;

	for (; i < s->n; i++) {
		if (!braced && s->p[i] == ';')
			break;
		if (braced && s->p[i] == '}') {
			if (i + 1 == s->n || s->p[i + 1] != '}')
				break;
			i++;
		}
		if (n + 1 < room)
			out[n] = s->p[i];
		n++;
	}
	while (i < s->n && s->p[i] != ';')
		i++;
	*s = i < s->n ? span_sub(*s, i + 1, s->n) : span_sub(*s, s->n, 0);
	while (!braced && n && n < room && out[n - 1] == ' ')
		n--;
	out[n < room ? n : 0] = 0;
	return n < room;
}

bool connection_get(struct span s, const char *keyword, char *out, size_t room)
{
	while (s.n) {
		ptrdiff_t at = span_find(s, '=');

		if (at < 0)
			break;
		struct span name = span_trim(span_sub(s, 0, (size_t)at));
		s = span_trim_left(span_sub(s, (size_t)at + 1, s.n));
		bool fits = take_value(&s, out, room);
		if (span_eq_nocase(name, span_str(keyword)))
			return fits && *out;
	}
	*out = 0;
	return false;
}
