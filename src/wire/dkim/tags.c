/* wire/dkim/tags.c - see tags.h. */
#include "wire/dkim/tags.h"

#include "base/base64.h"

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span dkim_trim(struct span s)
{
	while (s.n && is_white(s.p[0]))
		s = span_sub(s, 1, s.n);
	while (s.n && is_white(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* A letter, then letters, digits and "_". */
static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c | 32) >= 'a' && (c | 32) <= 'z')
			continue;
		if (!i || !((c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return s.n;
}

static bool has_controls(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((unsigned char)s.p[i] < ' ' && !is_white(s.p[i])) || s.p[i] == 127)
			return true;
	return false;
}

const struct dkim_tag *dkim_tags_find(const struct dkim_tags *tags, const char *name)
{
	for (size_t i = 0; i < tags->n; i++)
		if (span_eq(tags->v[i].name, span_str(name)))
			return &tags->v[i];
	return NULL;
}

static int put(struct span one, struct dkim_tags *out)
{
	struct dkim_tag tag = { 0 };
	ptrdiff_t equals = span_find(one, '=');

	if (equals < 0)
		return err(ERR_SYNTAX, "a tag has no \"=\"");
	tag.name = dkim_trim(span_sub(one, 0, (size_t)equals));
	tag.raw = span_sub(one, (size_t)equals + 1, one.n);
	tag.value = dkim_trim(tag.raw);
	if (!is_name(tag.name))
		return err(ERR_SYNTAX, "a tag has no proper name");
	if (has_controls(tag.value))
		return err(ERR_SYNTAX, "a control octet stands in the tag %.*s",
		           SPAN_ARG(tag.name));
	if (out->n == DKIM_TAGS_MAX)
		return err(ERR_TOO_LONG, "there are more than %d tags", DKIM_TAGS_MAX);
	for (size_t i = 0; i < out->n; i++)
		if (span_eq(out->v[i].name, tag.name))
			return err(ERR_SYNTAX, "the tag %.*s is there twice", SPAN_ARG(tag.name));
	out->v[out->n++] = tag;
	return 0;
}

int dkim_tags_parse(struct span text, struct dkim_tags *out)
{
	struct span one;
	int r = 0;

	out->n = 0;
	if (text.n > DKIM_LIST_BYTES_MAX)
		return err(ERR_TOO_LONG, "the tags are over %d octets", DKIM_LIST_BYTES_MAX);
	while (r >= 0 && span_split(&text, ';', &one))
		if (dkim_trim(one).n || dkim_trim(text).n) /* a ";" may stand at the end */
			r = put(one, out);
	return r;
}

struct span dkim_tags_value(const struct dkim_tags *tags, const char *name, const char *fallback)
{
	const struct dkim_tag *tag = dkim_tags_find(tags, name);

	return tag ? tag->value : span_str(fallback);
}

bool dkim_squeeze(struct span value, struct arena *mem, struct span *out)
{
	char *p = arena_alloc(mem, value.n + 1);
	size_t n = 0;

	for (size_t i = 0; p && i < value.n; i++)
		if (!is_white(value.p[i]))
			p[n++] = value.p[i];
	*out = span_make(p, n);
	return p;
}

int dkim_base64(struct span value, struct arena *mem, struct span *out)
{
	AUTO_BUF octets = BUF(value.n + 1);
	struct span text;

	if (!dkim_squeeze(value, mem, &text))
		return ERR_NO_MEMORY;
	int r = base64_decode(text, &octets);
	if (r == ERR_SYNTAX)
		return err(r, "it is no base64");
	return r < 0 ? r : arena_copy(mem, buf_span(&octets), out);
}

bool dkim_list_has(struct span list, const char *word)
{
	struct span one;

	while (span_split(&list, ':', &one))
		if (span_eq(dkim_trim(one), span_str(word)))
			return true;
	return false;
}
