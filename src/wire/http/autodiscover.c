/* wire/http/autodiscover.c - see autodiscover.h. */
#include "wire/http/autodiscover.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "wire/http/xml.h"

enum { DEPTH_MAX = 8 };

struct reading {
	struct span rest;
	struct arena *mem;
	struct http_autodiscover out;
	struct span open[DEPTH_MAX]; /* names of the elements that we are in */
	size_t depth;
	bool root; /* there was one */
};

/* ---- words ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool skip_space(struct span *s)
{
	size_t n = 0;

	while (n < s->n && is_space(s->p[n]))
		n++;
	*s = span_sub(*s, n, s->n);
	return n > 0;
}

static struct span trim(struct span s)
{
	(void)skip_space(&s);
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
	       (unsigned char)c >= 0x80;
}

static int take_name(struct span *s, struct span *out)
{
	size_t n = 0;

	while (n < s->n && (is_letter(s->p[n]) || (n && ((s->p[n] >= '0' && s->p[n] <= '9') ||
	                                                 s->p[n] == '-' || s->p[n] == '.'))))
		n++;
	*out = span_sub(*s, 0, n);
	*s = span_sub(*s, n, s->n);
	return n ? 0 : err(ERR_SYNTAX, "a name is missing");
}

/* Behind the prefix of its namespace. */
static bool is_named(struct span name, struct span local)
{
	ptrdiff_t colon = span_find_last(name, ':');

	return span_eq(span_sub(name, (size_t)(colon + 1), name.n), local);
}

/* ---- text ---- */

static int number_of(struct span digits, uint32_t *out)
{
	bool hex = span_eat(&digits, SPAN("x"));
	uint32_t n = 0;

	for (size_t i = 0; i < digits.n; i++) {
		char c = digits.p[i];
		uint32_t d = c >= '0' && c <= '9'          ? (uint32_t)(c - '0')
		             : hex && c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
		             : hex && c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
		                                           : UINT32_MAX;

		if (d == UINT32_MAX || n > 0x10FFFF)
			return ERR_SYNTAX;
		n = n * (hex ? 16 : 10) + d;
	}
	*out = n;
	return digits.n && http_xml_may(n) ? 0 : ERR_SYNTAX;
}

static int put_entity(struct buf *out, struct span name)
{
	static const struct {
		struct span name;
		char is;
	} known[] = { { SPAN("amp"), '&' },
		      { SPAN("lt"), '<' },
		      { SPAN("gt"), '>' },
		      { SPAN("quot"), '"' },
		      { SPAN("apos"), '\'' } };
	char octets[4];
	uint32_t c;

	for (size_t i = 0; i < N_ELEMS(known); i++)
		if (span_eq(name, known[i].name))
			return buf_putc(out, known[i].is);
	if (!span_eat(&name, SPAN("#")) || number_of(name, &c) < 0)
		return err(ERR_SYNTAX, "an entity that is not known");
	return buf_put(out, span_make(octets, utf8_encode(c, octets)));
}

static int decode(struct reading *r, struct span text, struct span *out)
{
	AUTO_BUF plain = BUF(HTTP_AUTODISCOVER_MAX);
	struct span piece, name;
	int e = 0;

	while (e >= 0 && text.n) {
		ptrdiff_t amp = span_find(text, '&'), end;

		piece = amp < 0 ? text : span_sub(text, 0, (size_t)amp);
		e = buf_put(&plain, piece);
		text = span_sub(text, piece.n, text.n);
		if (!text.n || e < 0)
			break;
		end = span_find(text, ';');
		if (end < 0)
			return err(ERR_SYNTAX, "an entity without its end");
		name = span_sub(text, 1, (size_t)end - 1);
		text = span_sub(text, (size_t)end + 1, text.n);
		e = put_entity(&plain, name);
	}
	return e < 0 ? e : arena_copy(r->mem, trim(buf_span(&plain)), out);
}

/* Which member of what is asked we stand in; NULL: in none. */
static struct span *member(struct reading *r)
{
	if (r->depth != 3 || !is_named(r->open[0], SPAN("Autodiscover")) ||
	    !is_named(r->open[1], SPAN("Request")))
		return NULL;
	return is_named(r->open[2], SPAN("EMailAddress"))               ? &r->out.address
	       : is_named(r->open[2], SPAN("AcceptableResponseSchema")) ? &r->out.schema
	                                                                : NULL;
}

static int take_text(struct reading *r)
{
	ptrdiff_t end = span_find(r->rest, '<');
	struct span text = end < 0 ? r->rest : span_sub(r->rest, 0, (size_t)end), *to = member(r);

	r->rest = span_sub(r->rest, text.n, r->rest.n);
	if (!r->depth && trim(text).n)
		return err(ERR_SYNTAX, "text outside the document");
	if (!to || !trim(text).n)
		return 0;
	if (to->n)
		return err(ERR_SYNTAX, "%.*s is there twice, or in pieces", SPAN_ARG(r->open[2]));
	return decode(r, text, to);
}

/* ---- tags ---- */

static int skip_to(struct reading *r, struct span end)
{
	ptrdiff_t at = span_find_span(r->rest, end);

	if (at < 0)
		return err(ERR_SYNTAX, "%.*s is missing", SPAN_ARG(end));
	r->rest = span_sub(r->rest, (size_t)at + end.n, r->rest.n);
	return 0;
}

static int skip_attribute(struct reading *r)
{
	struct span name, value;
	int e = take_name(&r->rest, &name);

	if (e < 0)
		return e;
	(void)skip_space(&r->rest);
	if (!span_eat(&r->rest, SPAN("=")))
		return err(ERR_SYNTAX, "an attribute without a value");
	(void)skip_space(&r->rest);
	if (!r->rest.n || (*r->rest.p != '"' && *r->rest.p != '\''))
		return err(ERR_SYNTAX, "an attribute's value is not in quotes");
	value = span_sub(r->rest, 1, r->rest.n);
	ptrdiff_t end = span_find(value, *r->rest.p);
	if (end < 0 || span_find(span_sub(value, 0, (size_t)end), '<') >= 0)
		return err(ERR_SYNTAX, "an attribute's value has no end");
	r->rest = span_sub(value, (size_t)end + 1, value.n);
	return 0;
}

static int close_tag(struct reading *r)
{
	struct span name;
	int e = take_name(&r->rest, &name);

	if (e < 0)
		return e;
	(void)skip_space(&r->rest);
	if (!span_eat(&r->rest, SPAN(">")) || !r->depth || !span_eq(name, r->open[r->depth - 1]))
		return err(ERR_SYNTAX, "</%.*s> ends no element", SPAN_ARG(name));
	r->depth--;
	return 0;
}

static int open_tag(struct reading *r)
{
	struct span name;
	int e = take_name(&r->rest, &name);

	if (e >= 0 && member(r))
		e = err(ERR_SYNTAX, "%.*s holds an element", SPAN_ARG(r->open[2]));
	if (e >= 0 && (r->depth == DEPTH_MAX || (!r->depth && r->root)))
		e = err(ERR_SYNTAX, r->depth ? "elements too deep" : "two documents");
	while (e >= 0 && skip_space(&r->rest) && r->rest.n && *r->rest.p != '>' &&
	       *r->rest.p != '/')
		e = skip_attribute(r);
	if (e < 0)
		return e;
	bool empty = span_eat(&r->rest, SPAN("/"));
	if (!span_eat(&r->rest, SPAN(">")))
		return err(ERR_SYNTAX, "<%.*s has no end", SPAN_ARG(name));
	r->root = true;
	r->open[r->depth] = name;
	r->depth += !empty;
	return 0;
}

static int take_markup(struct reading *r)
{
	if (span_eat(&r->rest, SPAN("<!--")))
		return skip_to(r, SPAN("-->"));
	if (span_eat(&r->rest, SPAN("<?")))
		return skip_to(r, SPAN("?>"));
	if (span_starts(r->rest, SPAN("<!")))
		return err(ERR_SYNTAX,
		           "a document type, or octets as they are, have no place here");
	if (span_eat(&r->rest, SPAN("</")))
		return close_tag(r);
	r->rest = span_sub(r->rest, 1, r->rest.n);
	return open_tag(r);
}

static bool may_be_xml(struct span text)
{
	uint32_t c;

	while (text.n)
		if (utf8_next(&text, &c) < 0 || !http_xml_may(c))
			return false;
	return true;
}

int http_autodiscover_parse(struct span xml, struct arena *mem, struct http_autodiscover *out)
{
	struct reading r = { .rest = xml, .mem = mem };
	int e = 0;

	if (xml.n > HTTP_AUTODISCOVER_MAX || !may_be_xml(xml))
		return err(ERR_SYNTAX, "it is longer than %d octets, or no UTF-8",
		           HTTP_AUTODISCOVER_MAX);
	(void)span_eat(&r.rest, SPAN("\xEF\xBB\xBF"));
	while (e >= 0 && r.rest.n)
		e = *r.rest.p == '<' ? take_markup(&r) : take_text(&r);
	if (e >= 0 && r.depth)
		e = err(ERR_SYNTAX, "</%.*s> is missing", SPAN_ARG(r.open[r.depth - 1]));
	if (e >= 0 && !r.out.address.n)
		e = err(ERR_SYNTAX, "there is no Autodiscover/Request/EMailAddress");
	if (e >= 0)
		*out = r.out;
	return e;
}
