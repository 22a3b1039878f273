/* wire/mustache/mustache.c - see mustache.h. */
#include "wire/mustache/mustache.h"

#include "base/err.h"

enum { TAG_COST = 64 };
enum kind { VALUE, RAW, SECTION, INVERTED, END, COMMENT };

struct tag {
	enum kind kind;
	struct span name;
	struct span before; /* text in front of it, without the line that it stands alone on */
	struct span whole;
};

/* The values in sight, the innermost last; NULL: nothing is rendered, only read. */
struct scene {
	const json_t *stack[MUSTACHE_DEPTH_MAX + 1];
	size_t n;
};

struct work {
	enum mustache_escape how;
	struct buf *out;
	struct scene scene;
	unsigned depth;
	size_t spent;
	bool only_reads;
};

/* ---- tags ---- */

static enum kind kind_of(char c)
{
	switch (c) {
	case '#': return SECTION;
	case '^': return INVERTED;
	case '/': return END;
	case '!': return COMMENT;
	case '&': return RAW;
	default: return VALUE;
	}
}

static int check_name(const struct tag *t)
{
	if (t->kind == COMMENT)
		return 0;
	if (t->name.n && (*t->name.p == '>' || *t->name.p == '='))
		return err(ERR_SYNTAX, "%.*s: there are no partials and no other delimiters",
		           SPAN_ARG(t->whole));
	if (!t->name.n || t->name.n > MUSTACHE_NAME_BYTES_MAX)
		return err(ERR_SYNTAX, "%.*s has no name of 1 to %d octets",
		           (int)(t->whole.n < 40 ? t->whole.n : 40), t->whole.p,
		           MUSTACHE_NAME_BYTES_MAX);
	return 0;
}

/* Between the braces. */
static int read_tag(struct span inside, bool triple, struct tag *t)
{
	inside = span_trim(inside);
	t->kind = triple ? RAW : inside.n ? kind_of(*inside.p) : VALUE;
	if (t->kind != VALUE && !triple)
		inside = span_sub(inside, 1, inside.n);
	t->name = span_trim(inside);
	return check_name(t);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Where the line begins at whose end `text` stops, if nothing but blanks stands in it; -1:
 * something does.  all begins with the template. */
static ptrdiff_t blank_start(struct span all, struct span text)
{
	size_t n = text.n;

	while (n && is_space(text.p[n - 1]))
		n--;
	if (n ? text.p[n - 1] == '\n' : text.p == all.p || text.p[-1] == '\n')
		return (ptrdiff_t)n;
	return -1;
}

/* Where the next line begins, if nothing but blanks stands in front of it; -1. */
static ptrdiff_t blank_end(struct span text)
{
	size_t n = 0;

	while (n < text.n && is_space(text.p[n]))
		n++;
	return n == text.n ? (ptrdiff_t)n : text.p[n] == '\n' ? (ptrdiff_t)n + 1 : -1;
}

/* Of a section, its end or a comment alone on its line: the line goes with it.  Only blanks are
 * looked at: lines may be long, and tags many. */
static void take_line(struct span all, struct tag *t, struct span *rest)
{
	ptrdiff_t start, end;

	if (t->kind == VALUE || t->kind == RAW || (start = blank_start(all, t->before)) < 0 ||
	    (end = blank_end(*rest)) < 0)
		return;
	t->before = span_sub(t->before, 0, (size_t)start);
	*rest = span_sub(*rest, (size_t)end, rest->n);
}

/* The next tag from the front of *rest.  1; 0: there is none, t->before is all that is left. */
static int next_tag(struct span all, struct span *rest, struct tag *t)
{
	ptrdiff_t at = span_find_span(*rest, SPAN("{{"));
	struct span behind;
	bool triple;
	int r;

	if (at < 0) {
		t->before = *rest;
		*rest = span_sub(*rest, rest->n, rest->n);
		return 0;
	}
	t->before = span_sub(*rest, 0, (size_t)at);
	behind = span_sub(*rest, (size_t)at + 2, rest->n);
	triple = span_starts(behind, SPAN("{"));
	ptrdiff_t end = span_find_span(behind, triple ? SPAN("}}}") : SPAN("}}"));
	if (end < 0)
		return err(ERR_SYNTAX, "%.*s does not end in %s",
		           (int)(rest->n - (size_t)at < 40 ? rest->n - (size_t)at : 40),
		           rest->p + at, triple ? "}}}" : "}}");
	t->whole = span_sub(*rest, (size_t)at, 2 + (size_t)end + (triple ? 3 : 2));
	r = read_tag(span_sub(behind, triple, (size_t)end - triple), triple, t);
	*rest = span_sub(behind, (size_t)end + (triple ? 3 : 2), behind.n);
	if (r < 0)
		return r;
	take_line(all, t, rest);
	return 1;
}

/* ---- values ---- */

static const json_t *member(const json_t *of, struct span name)
{
	char key[MUSTACHE_NAME_BYTES_MAX + 1];

	memcpy(key, name.p, name.n);
	key[name.n] = '\0';
	return json_object_get(of, key);
}

/* The first part of a dotted name is looked for from the inside, the others in what it is. */
static const json_t *find(const struct scene *s, struct span name)
{
	const json_t *v = NULL;
	struct span part;

	if (span_eq(name, SPAN(".")))
		return s->stack[s->n - 1];
	if (!span_split(&name, '.', &part))
		return NULL;
	for (size_t i = s->n; i-- > 0 && !v;)
		v = member(s->stack[i], part);
	while (v && span_split(&name, '.', &part))
		v = member(v, part);
	return v;
}

static bool holds(const json_t *v)
{
	if (json_is_array(v))
		return json_array_size(v) > 0;
	if (json_is_string(v))
		return json_string_length(v) > 0;
	return v && !json_is_false(v) && !json_is_null(v);
}

static void put_escaped(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		switch (s.p[i]) {
		case '&': buf_puts(out, "&amp;"); break;
		case '<': buf_puts(out, "&lt;"); break;
		case '>': buf_puts(out, "&gt;"); break;
		case '"': buf_puts(out, "&quot;"); break;
		case '\'': buf_puts(out, "&#39;"); break;
		default: buf_putc(out, s.p[i]);
		}
}

static int put_value(struct work *w, const struct tag *t)
{
	const json_t *v = find(&w->scene, t->name);

	if (json_is_integer(v))
		return buf_printf(w->out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	if (json_is_real(v))
		return buf_printf(w->out, "%.15g", json_real_value(v));
	if (!json_is_string(v))
		return err(ERR_SYNTAX, v ? "%.*s is no text and no number" : "%.*s has no value",
		           SPAN_ARG(t->whole));
	struct span text = span_make(json_string_value(v), json_string_length(v));
	if (w->how == MUSTACHE_HTML && t->kind == VALUE)
		put_escaped(w->out, text);
	else
		buf_put(w->out, text);
	return w->out->err;
}

/* ---- rendering ---- */

static int render(struct work *w, struct span all, struct span *rest, const struct tag *open);

/* Its inside once, with that value in sight (NULL: with none more). */
static int render_once(struct work *w, struct span all, struct span *rest, const struct tag *open,
                       const json_t *value)
{
	size_t before = w->scene.n;

	if (value)
		w->scene.stack[w->scene.n++] = value;
	int r = render(w, all, rest, open);
	w->scene.n = before;
	return r;
}

/* To its end; nothing comes of it. */
static int skip(struct work *w, struct span all, struct span *rest, const struct tag *open)
{
	bool before = w->only_reads;

	w->only_reads = true;
	int r = render_once(w, all, rest, open, NULL);
	w->only_reads = before;
	return r;
}

static int render_section(struct work *w, struct span all, struct span *rest,
                          const struct tag *open)
{
	const json_t *v = w->only_reads ? NULL : find(&w->scene, open->name);
	bool shown = !w->only_reads && holds(v) == (open->kind == SECTION);
	struct span from = *rest;
	size_t n = shown && json_is_array(v) && open->kind == SECTION ? json_array_size(v) : 1;
	int r = 0;

	if (w->depth > MUSTACHE_DEPTH_MAX)
		return err(ERR_SYNTAX, "%.*s: more than %d sections are within one another",
		           SPAN_ARG(open->whole), MUSTACHE_DEPTH_MAX);
	if (!shown)
		return skip(w, all, rest, open);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		*rest = from;
		r = render_once(w, all, rest, open,
		                open->kind == INVERTED ? NULL
		                : json_is_array(v)     ? json_array_get(v, i)
		                                       : v);
	}
	return r;
}

static int ended(const struct tag *open, const struct tag *t)
{
	if (!open)
		return err(ERR_SYNTAX, "%.*s ends nothing", SPAN_ARG(t->whole));
	if (!span_eq(open->name, t->name))
		return err(ERR_SYNTAX, "%.*s is ended by %.*s", SPAN_ARG(open->whole),
		           SPAN_ARG(t->whole));
	return 0;
}

/* open: the section that is being rendered; NULL: all. */
static int render(struct work *w, struct span all, struct span *rest, const struct tag *open)
{
	struct tag t;
	int more, r = 0;

	w->depth++;
	while (r >= 0 && (more = r = next_tag(all, rest, &t)) >= 0) {
		w->spent += t.before.n + TAG_COST;
		if (w->spent > MUSTACHE_WORK_MAX)
			r = err(ERR_LIMIT, "the template repeats too much");
		else if (!w->only_reads)
			r = buf_put(w->out, t.before);
		if (r < 0 || !more || t.kind == END)
			break;
		if (t.kind == SECTION || t.kind == INVERTED)
			r = render_section(w, all, rest, &t);
		else if (t.kind != COMMENT && !w->only_reads)
			r = put_value(w, &t);
	}
	w->depth--;
	if (r < 0)
		return r;
	if (more)
		return ended(open, &t);
	return open ? err(ERR_SYNTAX, "%.*s is not ended", SPAN_ARG(open->whole)) : 0;
}

int mustache_render(struct span text, const json_t *variables, enum mustache_escape how,
                    struct buf *out)
{
	struct work w = { .how = how, .out = out, .scene = { { variables }, 1 } };
	struct span rest = text;

	return render(&w, text, &rest, NULL);
}

int mustache_check(struct span text)
{
	struct work w = { .only_reads = true };
	struct span rest = text;

	return render(&w, text, &rest, NULL);
}
