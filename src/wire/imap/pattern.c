/* wire/imap/pattern.c - patterns of LIST; see name.h. */
#include "wire/imap/name.h"

/* at[i]: the name so far fits the first i octets of the pattern, so that pattern.p[i] is next. */
struct fit {
	struct span pattern;
	bool at[IMAP_NAME_MAX + 1];
};

static bool is_wild(char c)
{
	return c == '*' || c == '%';
}

/* A wild octet fits nothing, too. */
static void pass_wild(struct fit *f)
{
	for (size_t i = 0; i < f->pattern.n; i++)
		if (f->at[i] && is_wild(f->pattern.p[i]))
			f->at[i + 1] = true;
}

/* The name goes on with c.  False: nothing fits any more. */
static bool step(struct fit *f, char c, char delimiter)
{
	struct span p = f->pattern;
	bool some = false;

	for (size_t i = p.n + 1; i-- > 0;) {
		bool stays =
		        f->at[i] && i < p.n && (p.p[i] == '*' || (p.p[i] == '%' && c != delimiter));
		bool comes = i > 0 && f->at[i - 1] && !is_wild(p.p[i - 1]) && p.p[i - 1] == c;

		f->at[i] = stays || comes;
		some |= f->at[i];
	}
	pass_wild(f);
	return some;
}

bool imap_pattern_fits(struct span pattern, struct span name, char delimiter)
{
	struct fit f;

	if (pattern.n > IMAP_NAME_MAX || name.n > IMAP_NAME_MAX)
		return false;
	while (pattern.n > 0 && name.n > 0 && !is_wild(pattern.p[0])) {
		if (pattern.p[0] != name.p[0])
			return false;
		pattern = span_sub(pattern, 1, pattern.n);
		name = span_sub(name, 1, name.n);
	}
	if (pattern.n == 1 && is_wild(pattern.p[0])) /* as most patterns end */
		return pattern.p[0] == '*' || span_find(name, delimiter) < 0;
	f.pattern = pattern;
	memset(f.at, 0, pattern.n + 1);
	f.at[0] = true;
	pass_wild(&f);
	for (size_t i = 0; i < name.n; i++)
		if (!step(&f, name.p[i], delimiter))
			return false;
	return f.at[pattern.n];
}
