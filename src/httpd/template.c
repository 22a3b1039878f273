/* httpd/template.c - see template.h; and /v1/templates: those that an account keeps. */
#include "httpd/template.h"

#include "base/utf8.h"
#include "calls/kit.h"
#include "wire/mustache/mustache.h"

enum {
	ROOM = KIT_OCTETS_MAX + (64 << 10),
	FILLED_COST = 3, /* octets of memory that one of a text takes, filled in and composed */
};

/* The texts of a message, in a template too. */
static const struct {
	const char *name;
	enum mustache_escape escape;
} texts[] = {
	{ "subject", MUSTACHE_PLAIN },
	{ "text", MUSTACHE_PLAIN },
	{ "html", MUSTACHE_HTML },
};

static struct span text_of(const json_t *value)
{
	return span_make(json_string_value(value), json_string_length(value));
}

static bool is_text_name(const char *name)
{
	for (size_t i = 0; i < N_ELEMS(texts); i++)
		if (strcmp(texts[i].name, name) == 0)
			return true;
	return false;
}

/* What was wrong, in this member. */
static int wrong_in(const char *name, int r)
{
	AUTO_ARENA mem = { 0 };
	const char *why = arena_str(&mem, span_str(err_str(r)));

	return err(ERR_SYNTAX, "\"%s\": %s", name, why ? why : "");
}

/* ---- filled in ----------------------------------------------------------------------------- */

static WAITS int fetch(struct httpd_request *q, struct span name, json_t **out)
{
	AUTO_ARENA mem = { 0 };
	struct kit_get_args a = { .ticket = httpd_ticket(q), .kind = KIT_TEMPLATE, .name = name };
	struct kit_get_reply got;
	int r = kit_get(&a, &mem, &got); /* WAITS */

	if (r == ERR_NOT_FOUND)
		return err(r, "there is none \"%.*s\" (/v1/templates)", SPAN_ARG(name));
	if (r < 0)
		return r;
	*out = httpd_kept_json(got.octets);
	return *out ? 0 : err(ERR_CORRUPT, "the template \"%.*s\" is no JSON", SPAN_ARG(name));
}

/* Into out, under the same name. */
static int fill_text(struct httpd_request *q, const char *name, const json_t *source,
                     enum mustache_escape escape, const json_t *variables, json_t *out)
{
	AUTO_BUF text = BUF((size_t)q->s->set->smtp_size_max);
	int r;

	if (!json_is_string(source))
		return err(ERR_SYNTAX, "\"%s\" is no text", name);
	r = mustache_render(text_of(source), variables, escape, &text);
	if (r == ERR_SYNTAX || r == ERR_LIMIT)
		return wrong_in(name, r);
	if (r >= 0)
		r = httpd_hold(q, FILLED_COST * text.n);
	if (r >= 0 &&
	    json_object_set_new(out, name, json_stringn(text.p ? text.p : "", text.n)) < 0)
		r = err(ERR_SYNTAX, "\"%s\" is no UTF-8, or there is no memory", name);
	return r;
}

/* What the message says itself stands before what its template does. */
static int fill(struct httpd_request *q, const json_t *body, const json_t *kept, json_t *out)
{
	json_t *none = json_object(), *variables = json_object_get(body, "variables");
	int r = none ? 0 : ERR_NO_MEMORY;

	for (size_t i = 0; r >= 0 && i < N_ELEMS(texts); i++) {
		const json_t *source = json_object_get(body, texts[i].name);

		source = source ? source : json_object_get(kept, texts[i].name);
		if (source)
			r = fill_text(q, texts[i].name, source, texts[i].escape,
			              variables ? variables : none, out);
	}
	json_decref(none);
	return r;
}

/* All of the body but for what was filled in. */
static int copy_others(const json_t *body, json_t *out)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)body, name, value)
	{
		if (strcmp(name, "template") == 0 || strcmp(name, "variables") == 0 ||
		    is_text_name(name))
			continue;
		if (json_object_set(out, name, value) < 0)
			return ERR_NO_MEMORY;
	}
	return 0;
}

/* As httpd_template_fill; ERR_NOT_FOUND: there is no such template. */
static WAITS int fill_in(struct httpd_request *q, const json_t *body, json_t **out)
{
	const json_t *name = json_object_get(body, "template");
	json_t *kept = NULL, *filled = NULL;
	int r = 0;

	if (!name && !json_object_get(body, "variables")) {
		*out = json_incref((json_t *)body);
		return 0;
	}
	if (name && !json_string_length(name))
		return err(ERR_SYNTAX, "\"template\" is no name");
	if (json_object_get(body, "variables") &&
	    !json_is_object(json_object_get(body, "variables")))
		return err(ERR_SYNTAX, "\"variables\" is no object");
	if (name)
		r = fetch(q, text_of(name), &kept); /* WAITS */
	if (r >= 0 && !(filled = json_object()))
		r = ERR_NO_MEMORY;
	if (r >= 0)
		r = copy_others(body, filled);
	if (r >= 0)
		r = fill(q, body, kept, filled);
	json_decref(kept);
	if (r < 0)
		json_decref(filled);
	else
		*out = filled;
	return r;
}

WAITS int httpd_template_fill(struct httpd_request *q, const json_t *body, json_t **out)
{
	int r = fill_in(q, body, out); /* WAITS */

	return r == ERR_NOT_FOUND ? wrong_in("template", r) : r;
}

/* ---- kept ---------------------------------------------------------------------------------- */

static int check_text(const char *name, const json_t *value)
{
	if (!is_text_name(name))
		return err(ERR_SYNTAX,
		           "there is no member \"%s\": a template has subject, text "
		           "and html",
		           name);
	if (!json_is_string(value))
		return err(ERR_SYNTAX, "\"%s\" is no text", name);
	int r = mustache_check(text_of(value));
	return r < 0 ? wrong_in(name, r) : 0;
}

static int check(json_t *body)
{
	const char *name;
	json_t *value;
	int r = 0;

	json_object_foreach(body, name, value)
	{
		if (r >= 0)
			r = check_text(name, value);
	}
	if (r >= 0 && !json_object_get(body, "text") && !json_object_get(body, "html"))
		r = err(ERR_SYNTAX, "a template needs \"text\" or \"html\"");
	return r;
}

/* octets: the JSON that is kept, whose members are texts. */
static int put_template(struct json *j, struct span name, struct span octets, int64_t changed_ms)
{
	json_t *kept = httpd_kept_json(octets);

	json_begin_object(j);
	json_member_span(j, "name", name);
	for (size_t i = 0; i < N_ELEMS(texts); i++) {
		const json_t *text = json_object_get(kept, texts[i].name);

		json_key(j, texts[i].name);
		if (text)
			json_span(j, text_of(text));
		else
			json_str(j, NULL);
	}
	json_member_time(j, "changed", changed_ms);
	json_end_object(j);
	json_decref(kept);
	return kept ? 0 : err(ERR_CORRUPT, "a template is no JSON");
}

WAITS int httpd_templates(struct httpd_request *q)
{
	AUTO_BUF body = BUF(HTTPD_ANSWER_MAX);
	struct json j = JSON(&body);
	struct kit_list_args a = { .ticket = httpd_ticket(q),
		                   .kind = KIT_TEMPLATE,
		                   .after = httpd_parameter(q, "after") };
	struct kit_list_reply page;
	int r = kit_list(&a, &q->mem, &page); /* WAITS */

	json_begin_object(&j);
	json_key(&j, "templates");
	json_begin_array(&j);
	for (size_t i = 0; r >= 0 && i < page.n_rows; i++)
		r = put_template(&j, page.rows[i].name, page.rows[i].octets,
		                 page.rows[i].changed_ms);
	if (r < 0)
		return httpd_problem_of(q, r); /* WAITS */
	json_end_array(&j);
	json_member_span(&j, "after", page.more ? page.rows[page.n_rows - 1].name : SPAN(""));
	json_end_object(&j);
	return httpd_json(q, 200, &body); /* WAITS */
}

static WAITS int show(struct httpd_request *q, int status)
{
	AUTO_BUF body = BUF(ROOM * 8);
	struct json j = JSON(&body);
	struct kit_get_args a = { .ticket = httpd_ticket(q),
		                  .kind = KIT_TEMPLATE,
		                  .name = q->segments[2] };
	struct kit_get_reply got;
	int r = kit_get(&a, &q->mem, &got); /* WAITS */

	if (r >= 0)
		r = put_template(&j, a.name, got.octets, got.changed_ms);
	return r < 0 ? httpd_problem_of(q, r) : httpd_json(q, status, &body); /* WAITS */
}

WAITS int httpd_template(struct httpd_request *q)
{
	return show(q, 200); /* WAITS */
}

static WAITS int order(struct httpd_request *q, struct span octets, bool remove, bool *made)
{
	struct kit_order_args a = { .ticket = httpd_ticket(q),
		                    .kind = KIT_TEMPLATE,
		                    .name = q->segments[2],
		                    .octets = octets,
		                    .remove = remove };
	struct kit_order_reply done;
	int r = kit_order(&a, &q->mem, &done); /* WAITS */

	*made = r >= 0 && done.made;
	return r;
}

WAITS int httpd_template_put(struct httpd_request *q)
{
	bool made = false;
	json_t *body;
	int r = httpd_body_json(q, ROOM, &body); /* WAITS */

	if (r <= 0)
		return r;
	char *text = NULL;
	r = check(body);
	if (r >= 0 && !(text = json_dumps(body, JSON_COMPACT)))
		r = ERR_NO_MEMORY;
	if (r >= 0)
		r = order(q, span_str(text), false, &made); /* WAITS */
	free(text);
	json_decref(body);
	return r < 0 ? httpd_problem_of(q, r) : show(q, made ? 201 : 200); /* WAITS */
}

WAITS int httpd_template_remove(struct httpd_request *q)
{
	AUTO_BUF body = BUF(1024);
	struct json j = JSON(&body);
	bool made;
	int r = order(q, SPAN(""), true, &made); /* WAITS */

	if (r < 0)
		return httpd_problem_of(q, r); /* WAITS */
	json_begin_object(&j);
	json_member_span(&j, "removed", q->segments[2]);
	json_end_object(&j);
	return httpd_json(q, 200, &body); /* WAITS */
}

/* What a message would say. */
static WAITS int preview(struct httpd_request *q, json_t *body)
{
	AUTO_BUF answer = BUF(8 * (size_t)q->s->set->smtp_size_max + ROOM);
	struct json j = JSON(&answer);
	struct span name = q->segments[2];
	json_t *filled = NULL;
	int r = json_object_size(body) == (json_object_get(body, "variables") ? 1 : 0)
	                ? 0
	                : err(ERR_SYNTAX, "the body is no object with \"variables\" alone");

	if (r >= 0 && !utf8_valid(name))
		r = err(ERR_NOT_FOUND, "no template has such a name");
	if (r >= 0 && json_object_set_new(body, "template", json_stringn(name.p, name.n)) < 0)
		r = ERR_NO_MEMORY;
	if (r >= 0)
		r = fill_in(q, body, &filled); /* WAITS */
	if (r == ERR_TOO_LONG)
		return httpd_problem(q, 413, "too-large",
		                     "a text is longer than a message may be (%jd octets)",
		                     (intmax_t)q->s->set->smtp_size_max); /* WAITS */
	if (r < 0)
		return httpd_problem_of(q, r); /* WAITS */
	json_begin_object(&j);
	for (size_t i = 0; i < N_ELEMS(texts); i++) {
		const json_t *text = json_object_get(filled, texts[i].name);

		json_key(&j, texts[i].name);
		if (text)
			json_span(&j, text_of(text));
		else
			json_str(&j, NULL);
	}
	json_end_object(&j);
	json_decref(filled);
	return httpd_json(q, 200, &answer); /* WAITS */
}

WAITS int httpd_template_preview(struct httpd_request *q)
{
	json_t *body;
	int r = httpd_body_json(q, ROOM, &body); /* WAITS */

	if (r <= 0)
		return r;
	r = preview(q, body); /* WAITS */
	json_decref(body);
	return r;
}
