/* wire/message/write/html.c - see html.h. */
#include "wire/message/write/html.h"
#include "base/utf8.h"

/* Where the text goes: white space waits until something follows it. */
struct page {
	struct buf *out;
	unsigned breaks; /* line ends that wait: 0, 1 or 2 (an empty line) */
	bool space;      /* a space waits                                  */
	bool any;        /* something was put                              */
};

/* What a tag does. */
enum tag_effect {
	TAG_BREAK = 1, /* ends the line            */
	TAG_BLOCK,     /* stands on its own lines  */
	TAG_PARAGRAPH, /* an empty line around it  */
	TAG_ITEM,      /* begins with "- "         */
	TAG_CELL,      /* a space before it        */
	TAG_HIDDEN,    /* goes with all it holds   */
};

static const struct {
	const char *name;
	enum tag_effect effect;
} tags[] = {
	{ "br", TAG_BREAK },      { "p", TAG_PARAGRAPH },     { "div", TAG_BLOCK },
	{ "li", TAG_ITEM },       { "ul", TAG_PARAGRAPH },    { "ol", TAG_PARAGRAPH },
	{ "tr", TAG_BLOCK },      { "td", TAG_CELL },         { "th", TAG_CELL },
	{ "h1", TAG_PARAGRAPH },  { "h2", TAG_PARAGRAPH },    { "h3", TAG_PARAGRAPH },
	{ "h4", TAG_PARAGRAPH },  { "h5", TAG_PARAGRAPH },    { "h6", TAG_PARAGRAPH },
	{ "hr", TAG_PARAGRAPH },  { "table", TAG_PARAGRAPH }, { "blockquote", TAG_PARAGRAPH },
	{ "pre", TAG_PARAGRAPH }, { "section", TAG_BLOCK },   { "article", TAG_BLOCK },
	{ "style", TAG_HIDDEN },  { "script", TAG_HIDDEN },   { "head", TAG_HIDDEN },
	{ "title", TAG_HIDDEN },
};

static const struct {
	const char *name;
	uint32_t code_point;
} entities[] = {
	{ "amp", '&' },      { "lt", '<' },        { "gt", '>' },       { "quot", '"' },
	{ "apos", '\'' },    { "nbsp", 0xa0 },     { "copy", 0xa9 },    { "reg", 0xae },
	{ "laquo", 0xab },   { "raquo", 0xbb },    { "ndash", 0x2013 }, { "mdash", 0x2014 },
	{ "lsquo", 0x2018 }, { "rsquo", 0x2019 },  { "ldquo", 0x201c }, { "rdquo", 0x201d },
	{ "bull", 0x2022 },  { "hellip", 0x2026 }, { "euro", 0x20ac },  { "trade", 0x2122 },
};

static void put(struct page *p, struct span s)
{
	if (p->any)
		for (; p->breaks; p->breaks--) {
			buf_puts(p->out, "\r\n");
			p->space = false;
		}
	if (p->space && p->any)
		buf_putc(p->out, ' ');
	buf_put(p->out, s);
	p->breaks = 0;
	p->space = false;
	p->any = true;
}

static void want_breaks(struct page *p, unsigned n)
{
	if (p->breaks < n)
		p->breaks = n;
}

/* Takes an entity from the front of *in, the & included. */
static bool take_entity(struct span *in, uint32_t *code_point)
{
	ptrdiff_t end = span_find(span_sub(*in, 0, 12), ';');
	struct span name = span_sub(*in, 1, end > 0 ? (size_t)end - 1 : 0);
	uint32_t value = 0;
	bool hex;

	if (!name.n)
		return false;
	if (!span_eat(&name, SPAN("#"))) {
		for (size_t i = 0; i < N_ELEMS(entities); i++)
			if (span_eq(name, span_str(entities[i].name)))
				value = entities[i].code_point;
	} else {
		hex = span_eat_nocase(&name, SPAN("x"));
		for (size_t i = 0; i < name.n && value <= 0x10ffff; i++) {
			char c = (char)(name.p[i] | 0x20);
			bool decimal = name.p[i] >= '0' && name.p[i] <= '9';

			if (!decimal && !(hex && c >= 'a' && c <= 'f'))
				return false;
			value = value * (hex ? 16 : 10) +
			        (uint32_t)(decimal ? name.p[i] - '0' : c - 'a' + 10);
		}
	}
	if (!value)
		return false;
	*code_point = value;
	*in = span_sub(*in, (size_t)end + 1, in->n);
	return true;
}

static void put_code_point(struct page *p, uint32_t c)
{
	char utf8[4];

	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || (c >= 0x7f && c < 0xa0))
		c = 0xfffd;
	if (c <= ' ' || c == 0xa0)
		p->space = true;
	else
		put(p, span_make(utf8, utf8_encode(c, utf8)));
}

/* Passes the tag at the front of *in; its name, without the slash, in *name. */
static void take_tag(struct span *in, struct span *name, bool *closing)
{
	size_t i = 1, from;
	char quote = 0;

	*closing = in->n > 1 && in->p[1] == '/';
	from = i += *closing;
	while (i < in->n && strchr(" \t\r\n/>", in->p[i]) == NULL)
		i++;
	*name = span_sub(*in, from, i - from);
	for (; i < in->n && (quote || in->p[i] != '>'); i++) {
		if (quote ? in->p[i] == quote : (in->p[i] == '"' || in->p[i] == '\''))
			quote = quote ? 0 : in->p[i];
	}
	*in = span_sub(*in, i + 1, in->n);
}

/* Passes all to behind the element's end tag, or all there is. */
static void skip_hidden(struct span *in, struct span name)
{
	for (;;) {
		ptrdiff_t at = span_find_span(*in, SPAN("</"));
		struct span end;
		bool closing;

		if (at < 0) {
			*in = span_sub(*in, in->n, 0);
			return;
		}
		*in = span_sub(*in, (size_t)at, in->n);
		if (!span_starts_nocase(span_sub(*in, 2, in->n), name)) {
			*in = span_sub(*in, 2, in->n);
			continue;
		}
		take_tag(in, &end, &closing);
		return;
	}
}

static void do_tag(struct page *p, struct span *in)
{
	enum tag_effect effect = 0;
	struct span name;
	bool closing;

	if (span_starts(*in, SPAN("<!--"))) {
		ptrdiff_t end = span_find_span(*in, SPAN("-->"));

		*in = span_sub(*in, end < 0 ? in->n : (size_t)end + 3, in->n);
		return;
	}
	take_tag(in, &name, &closing);
	for (size_t i = 0; i < N_ELEMS(tags); i++)
		if (span_eq_nocase(name, span_str(tags[i].name)))
			effect = tags[i].effect;
	switch (effect) {
	case TAG_BREAK: p->breaks += p->breaks < 2; break;
	case TAG_BLOCK: want_breaks(p, 1); break;
	case TAG_PARAGRAPH: want_breaks(p, 2); break;
	case TAG_CELL: p->space = true; break;
	case TAG_ITEM:
		want_breaks(p, 1);
		if (!closing) {
			put(p, SPAN("-"));
			p->space = true;
		}
		break;
	case TAG_HIDDEN:
		if (!closing)
			skip_hidden(in, name);
		break;
	}
}

static bool is_tag(struct span in)
{
	return in.n > 1 && in.p[1] &&
	       (strchr("/!?", in.p[1]) || ((in.p[1] | 0x20) >= 'a' && (in.p[1] | 0x20) <= 'z'));
}

int message_html_text(struct span html, struct buf *out)
{
	struct page p = { .out = out };

	while (html.n && !out->err) {
		char c = html.p[0];
		uint32_t code_point;
		size_t n = 1;

		if (c == '<' && is_tag(html)) {
			do_tag(&p, &html);
			continue;
		}
		if (c == '&' && take_entity(&html, &code_point)) {
			put_code_point(&p, code_point);
			continue;
		}
		if ((unsigned char)c <= ' ') {
			p.space = true;
		} else {
			while (n < html.n && (unsigned char)html.p[n] > ' ' && html.p[n] != '<' &&
			       html.p[n] != '&')
				n++;
			put(&p, span_sub(html, 0, n));
		}
		html = span_sub(html, n, html.n);
	}
	return p.any ? buf_puts(out, "\r\n") : out->err;
}
