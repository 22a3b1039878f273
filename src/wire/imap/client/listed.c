/* wire/imap/client/listed.c - see listed.h. */
#include "wire/imap/client/listed.h"

#include "base/utf8.h"
#include "wire/imap/name.h"

static int take_attributes(struct imap_cursor *c, struct imap_listed *out)
{
	ptrdiff_t close = span_find(c->rest, ')');
	struct span all, word;

	if (!imap_at(c, '(') || close < 0)
		return imap_bad(c, "LIST: the attributes are missing");
	all = span_sub(c->rest, 1, (size_t)close - 1);
	c->rest = span_sub(c->rest, (size_t)close + 1, c->rest.n);
	out->selectable = true;
	while (span_split(&all, ' ', &word))
		if (span_eq_nocase(word, SPAN("\\Noselect")) ||
		    span_eq_nocase(word, SPAN("\\NonExistent")))
			out->selectable = false;
	return imap_take_sp(c);
}

static int take_delimiter(struct imap_cursor *c, char *out)
{
	struct span text;
	bool nil;
	int r = imap_take_nstring(c, "a delimiter", &text, &nil);

	if (r >= 0 && !nil && text.n != 1)
		r = imap_bad(c, "a delimiter is one octet");
	if (r >= 0)
		*out = nil ? 0 : text.p[0];
	return r;
}

int imap_listed_parse(struct imap_cursor *c, struct imap_listed *out)
{
	struct imap_listed got = { 0 };
	int r = take_attributes(c, &got);

	if (r >= 0)
		r = take_delimiter(c, &got.delimiter);
	if (r >= 0)
		r = imap_take_sp(c);
	if (r >= 0)
		r = imap_take_astring(c, "a name", &got.name);
	if (r >= 0)
		*out = got;
	return r;
}

/* ---- namespaces ---- */

/* Behind the (: a prefix, its delimiter, and what extensions say, up to the ). */
static int take_namespace(struct imap_cursor *c, struct span *prefix)
{
	char delimiter;
	ptrdiff_t close;
	int r = imap_take_string(c, "a prefix", prefix);

	if (r >= 0)
		r = imap_take_sp(c);
	if (r >= 0)
		r = take_delimiter(c, &delimiter);
	if (r < 0)
		return r;
	close = span_find(c->rest, ')');
	if (close < 0)
		return imap_bad(c, "NAMESPACE: a ) is missing");
	c->rest = span_sub(c->rest, (size_t)close + 1, c->rest.n);
	return 0;
}

/* Of personal ones (i 0) the first is the prefix. */
static int take_class(struct imap_cursor *c, int i, struct imap_namespaces *out)
{
	struct span prefix;
	bool first = true;
	int r = 0;

	if (imap_eat_word(c, "NIL"))
		return 0;
	if (!imap_eat(c, '('))
		return imap_bad(c, "NAMESPACE: a list is missing");
	while (r >= 0 && !imap_eat(c, ')')) {
		while (imap_eat(c, ' '))
			continue;
		r = imap_take(c, '(', "NAMESPACE: a (");
		if (r >= 0)
			r = take_namespace(c, &prefix);
		if (r >= 0 && !i && first)
			out->personal = prefix;
		else if (r >= 0 && i && prefix.n && out->n_others < IMAP_NAMESPACES_MAX)
			out->others[out->n_others++] = prefix;
		first = false;
	}
	return r;
}

int imap_namespaces_parse(struct imap_cursor *c, struct imap_namespaces *out)
{
	struct imap_namespaces got = { 0 };
	int r = 0;

	for (int i = 0; i < 3 && r >= 0; i++) {
		r = take_class(c, i, &got);
		imap_eat(c, ' ');
	}
	if (r >= 0)
		*out = got;
	return r;
}

/* ---- paths ---- */

static int put_level(struct span level, struct buf *out)
{
	AUTO_BUF name = BUF(IMAP_NAME_MAX);

	if (imap_utf7_decode(level, &name) < 0 || !utf8_valid(buf_span(&name))) {
		if (!utf8_valid(level))
			return ERR_SYNTAX;
		buf_reset(&name);
		buf_put(&name, level);
	}
	for (size_t i = 0; i < name.n; i++)
		buf_putc(out, name.p[i] == '/' ? '_' : name.p[i]);
	return name.err;
}

static bool is_personal(struct span name, const struct imap_namespaces *n)
{
	for (size_t i = 0; i < n->n_others; i++) {
		struct span without = span_sub(n->others[i], 0, n->others[i].n - 1);
		if (span_starts(name, n->others[i]) || span_eq(name, without))
			return false;
	}
	return true;
}

int imap_listed_path(const struct imap_listed *l, const struct imap_namespaces *n, struct buf *out)
{
	struct span rest = l->name, level;
	size_t begin = out->n;
	int r = 0;

	if (!is_personal(rest, n))
		return ERR_REFUSED;
	if (n->personal.n && rest.n > n->personal.n)
		span_eat_nocase(&rest, n->personal);
	if (!l->delimiter)
		r = put_level(rest, out);
	while (l->delimiter && r >= 0 && span_split(&rest, l->delimiter, &level)) {
		if (!level.n)
			return ERR_SYNTAX;
		if (out->n > begin)
			buf_putc(out, '/');
		r = put_level(level, out);
	}
	if (r >= 0 && out->n == begin)
		return ERR_SYNTAX;
	return r < 0 ? r : out->err;
}
