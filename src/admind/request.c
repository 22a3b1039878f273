/* admind/request.c - members of a request become those of a call.  What is not known is refused. */
#include "admind/ops.h"
#include "base/clock.h"
#include "wire/http/query.h"

enum { LIMIT = 100, LIMIT_MAX = 500, VALUE_MAX = 64 << 10 };

static int is_no(const char *name, const char *what)
{
	return err(ERR_SYNTAX, "\"%s\" is no %s", name, what);
}

static json_t *text_of(struct span s)
{
	return json_stringn(s.p, s.n);
}

static struct span span_of(const json_t *v)
{
	return json_is_string(v) ? span_make(json_string_value(v), json_string_length(v))
	                         : SPAN("");
}

/* Texts with a NUL would be cut by who takes them as such. */
static int check_text(const char *name, const json_t *v)
{
	struct span s = span_of(v);

	return json_is_string(v) && !memchr(s.p, 0, s.n) ? 0 : is_no(name, "text");
}

int admind_field(struct admind_call *c, const char *name, struct span value)
{
	json_t *fields = json_object_get(c->request, "fields"), *text = text_of(value), *pair;

	if (!text)
		return is_no(name, "text");
	if (!fields) {
		fields = json_array();
		if (json_object_set_new(c->request, "fields", fields) < 0)
			fields = NULL;
	}
	pair = json_pack("[so]", name, text);
	return json_array_append_new(fields, pair) < 0 ? ERR_NO_MEMORY : 0;
}

static int set(struct admind_call *c, const char *as, json_t *value)
{
	return json_object_set_new(c->request, as, value) < 0 ? ERR_NO_MEMORY : 0;
}

/* What a query or a path holds may be anything. */
static int set_text(struct admind_call *c, const char *as, struct span text)
{
	json_t *v = text_of(text);

	return v ? set(c, as, v) : is_no(as, "text");
}

static int length(struct admind_call *c, const struct admind_member *m, const json_t *v)
{
	int64_t ms;

	if (!json_is_string(v) || clock_parse_length(span_of(v), &ms) < 0 || ms < 0)
		return is_no(m->name, "time such as 10m or 2d");
	return set(c, m->as, json_integer(ms));
}

/* One field of it, or one each. */
static int list(struct admind_call *c, const struct admind_member *m, const json_t *v)
{
	AUTO_BUF words = BUF(VALUE_MAX);
	json_t *one;
	size_t i;
	int r = json_is_array(v) ? 0 : is_no(m->name, "array of texts");

	json_array_foreach(v, i, one)
	{
		if (r >= 0)
			r = check_text(m->name, one);
		if (r >= 0 && m->kind == ADMIND_LIST)
			r = admind_field(c, m->as, span_of(one));
		else if (r >= 0 && span_find(span_of(one), ',') >= 0)
			r = is_no(m->name, "array of single words");
		else if (r >= 0)
			r = buf_printf(&words, "%s%s", i ? "," : "", json_string_value(one));
	}
	return r < 0 || m->kind == ADMIND_LIST ? r : admind_field(c, m->as, buf_span(&words));
}

static int number(struct admind_call *c, const struct admind_member *m, const json_t *v)
{
	char text[32];

	if (json_is_null(v))
		return admind_field(c, m->as, SPAN("none"));
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return is_no(m->name, "number from 0 on, or null");
	snprintf(text, sizeof text, "%jd", (intmax_t)json_integer_value(v));
	return admind_field(c, m->as, span_str(text));
}

static int field(struct admind_call *c, const struct admind_member *m, const json_t *v)
{
	static const char *const words[][2] = { { "no", "yes" }, { "off", "on" } };
	int r;

	switch (m->kind) {
	case ADMIND_YES_NO:
	case ADMIND_ON_OFF:
		if (!json_is_boolean(v))
			return is_no(m->name, "true or false");
		return admind_field(c, m->as,
		                    span_str(words[m->kind == ADMIND_ON_OFF][json_is_true(v)]));
	case ADMIND_NUMBER: return number(c, m, v);
	default:
		if (json_is_null(v) && m->kind != ADMIND_NAME)
			return admind_field(c, m->as, SPAN("none"));
		r = check_text(m->name, v);
		return r < 0 ? r : admind_field(c, m->as, span_of(v));
	}
}

static int members(struct admind_call *c, const struct admind_member *known, json_t *given,
                   const char *where);

static int member(struct admind_call *c, const struct admind_member *m, json_t *v)
{
	int r = 0;

	switch (m->kind) {
	case ADMIND_OBJECT:
		return json_is_object(v) ? members(c, m->of, v, m->name) : is_no(m->name, "object");
	case ADMIND_TEXT:
		r = check_text(m->name, v);
		return r < 0 ? r : set(c, m->as, text_of(span_of(v)));
	case ADMIND_TRUTH:
		return json_is_boolean(v) ? set(c, m->as, json_boolean(json_is_true(v)))
		                          : is_no(m->name, "true or false");
	case ADMIND_LENGTH: return length(c, m, v);
	case ADMIND_LIST:
	case ADMIND_WORDS: return list(c, m, v);
	case ADMIND_OWN: return check_text(m->name, v);
	default: return field(c, m, v);
	}
}

static const struct admind_member *find(const struct admind_member *known, const char *name)
{
	while (known && known->name && strcmp(known->name, name) != 0)
		known++;
	return known && known->name ? known : NULL;
}

static int members(struct admind_call *c, const struct admind_member *known, json_t *given,
                   const char *where)
{
	const struct admind_member *m;
	const char *name;
	json_t *v;
	int r = 0;

	json_object_foreach(given, name, v)
	{
		m = find(known, name);
		if (r >= 0)
			r = m ? member(c, m, v)
			      : err(ERR_SYNTAX, "\"%s\" is not known%s%s", name,
			            *where ? " in " : "", where);
	}
	for (m = known; r >= 0 && m && m->name; m++)
		if (m->needed && !json_object_get(given, m->name))
			r = err(ERR_SYNTAX, "\"%s\" is missing", m->name);
	return r;
}

/* ---- the query ---- */

static int take_limit(struct admind_call *c, struct span text)
{
	uint64_t n;

	if (span_to_u64(text, LIMIT_MAX, &n) < 0 || !n)
		return err(ERR_SYNTAX, "limit: 1 to %d", LIMIT_MAX);
	return set(c, "limit", json_integer((json_int_t)n));
}

/* A parameter of the query, as the member that it stands for. */
static int parameter(struct admind_call *c, struct span name, struct span value)
{
	enum admind_paged paged = c->op->paged;
	const struct admind_member *m;

	if (paged == ADMIND_BY_LIMIT && span_eq(name, SPAN("limit")))
		return take_limit(c, value);
	if (paged != ADMIND_WHOLE && span_eq(name, SPAN("after")))
		return set_text(c, "after", value);
	m = c->q->head.method == HTTP_POST ? NULL
	                                   : find(c->op->members, arena_str(&c->q->mem, name));
	if (!m)
		return err(ERR_SYNTAX, "\"%.*s\" is not known in the query", SPAN_ARG(name));
	json_t *v = m->kind == ADMIND_YES_NO || m->kind == ADMIND_TRUTH
	                    ? json_boolean(span_eq(value, SPAN("true")))
	                    : text_of(value);
	int r = v ? member(c, m, v) : is_no(m->name, "text");
	json_decref(v);
	return r;
}

static int query(struct admind_call *c)
{
	struct span rest = c->q->head.query, name, value;
	int r = 0, next = 0;

	if (c->op->paged == ADMIND_BY_LIMIT)
		r = set(c, "limit", json_integer(LIMIT));
	if (r >= 0 && c->op->paged == ADMIND_BY_NAME)
		r = set(c, "after", json_string(""));
	while (r >= 0 && (next = http_parameter(&rest, &c->q->mem, &name, &value)) > 0)
		r = parameter(c, name, value);
	if (r >= 0 && next < 0)
		r = err(ERR_SYNTAX, "the query is no percent-encoded text");
	return r;
}

/* ---- */

/* The path's ":" stand for it: the third segment, and the fifth. */
static int segments(struct admind_call *c)
{
	static const size_t at[] = { 3, 5 };
	const struct admind_op *op = c->op;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < N_ELEMS(at) && op->segments[i]; i++) {
		struct span s = c->q->segments[at[i]];
		json_t *v = text_of(s);

		r = v ? check_text(op->segments[i], v) : is_no(op->segments[i], "text");
		if (r >= 0 && i && op->second_is_field)
			r = admind_field(c, op->segments[i], s);
		else if (r >= 0)
			r = set(c, op->segments[i], json_incref(v));
		json_decref(v);
	}
	return r;
}

int admind_read(struct admind_call *c)
{
	const struct admind_op *op = c->op;
	int r = set(c, "call", json_string(op->call));

	for (size_t i = 0; r >= 0 && i < N_ELEMS(op->fixed) && op->fixed[i][0]; i++)
		r = set(c, op->fixed[i][0], json_string(op->fixed[i][1]));
	if (r >= 0)
		r = segments(c);
	if (r >= 0)
		r = query(c);
	return r < 0 || !c->given ? r : members(c, op->members, c->given, "");
}
