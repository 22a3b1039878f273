/* wire/http/query.c - see query.h. */
#include "wire/http/query.h"

#include "base/err.h"
#include "base/percent.h"

int http_segment(struct span *path, struct arena *mem, struct span *out)
{
	struct span rest = *path;

	if (!rest.n)
		return 0;
	if (!span_eat(&rest, SPAN("/")))
		return err(ERR_SYNTAX, "a path begins with /");
	ptrdiff_t n = span_find(rest, '/');
	struct span one = n < 0 ? rest : span_sub(rest, 0, (size_t)n);
	int r = percent_decode(one, mem, out);
	if (r < 0)
		return r;
	if (!out->n || span_eq(*out, SPAN(".")) || span_eq(*out, SPAN("..")) ||
	    span_find(*out, '/') >= 0)
		return err(ERR_SYNTAX, "a path has no empty segment, no . and no ..");
	*path = span_sub(rest, one.n, rest.n);
	return 1;
}

/* + as a space, in mem, then percent-decoded. */
static int decode(struct span in, struct arena *mem, struct span *out)
{
	char *p = arena_alloc(mem, in.n + 1);

	if (!p)
		return err(ERR_NO_MEMORY, "no memory for a query");
	for (size_t i = 0; i < in.n; i++)
		p[i] = in.p[i] == '+' ? ' ' : in.p[i];
	return percent_decode(span_make(p, in.n), mem, out);
}

int http_parameter(struct span *query, struct arena *mem, struct span *name, struct span *value)
{
	struct span one, key;

	do {
		if (!span_split(query, '&', &one))
			return 0;
	} while (!one.n);
	(void)span_split(&one, '=', &key);
	int r = decode(key, mem, name);
	if (r >= 0)
		r = decode(one, mem, value);
	return r < 0 ? r : 1;
}
