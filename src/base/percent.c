/* base/percent.c - see percent.h. */
#include "base/percent.h"

#include "base/err.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int percent_decode(struct span in, struct arena *mem, struct span *out)
{
	char *p = arena_alloc(mem, in.n + 1);
	size_t n = 0;

	if (!p)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < in.n; i++) {
		bool coded = in.p[i] == '%';
		int high = coded && i + 2 < in.n ? hex(in.p[i + 1]) : -1;
		int low = coded && i + 2 < in.n ? hex(in.p[i + 2]) : -1;

		if (coded && (high < 0 || low < 0 || high + low == 0))
			return ERR_SYNTAX;
		p[n++] = (char)(coded ? high << 4 | low : in.p[i]);
		i += coded ? 2 : 0;
	}
	p[n] = '\0';
	*out = span_make(p, n);
	return 0;
}
