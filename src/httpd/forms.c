/* httpd/forms.c - /v1/forms: the forms of web pages that an account has (httpd/filled.c takes what
 * is filled in). */
#include "calls/kit.h"
#include "directory/route.h"
#include "httpd/form.h"
#include "httpd/session.h"

enum { BODY_MAX = 32 << 10, ROOM = BODY_MAX * 8 };

/* The kept JSON's members in their order, and where it is. */
static int put_form(struct httpd_request *q, struct json *j, const struct kit_row *row)
{
	static const char *const names[] = { "name",     "to",       "origins",    "subject",
		                             "redirect", "reply_to", "required",   "honeypot",
		                             "min_time", "per_hour", "per_visitor" };
	json_t *kept = httpd_kept_json(row->octets);
	AUTO_BUF url = BUF(4096);

	httpd_put_url(q->s->set, &url);
	buf_printf(&url, "/f/%.*s", SPAN_ARG(row->name));
	json_begin_object(j);
	json_member_span(j, "id", row->name);
	json_member_span(j, "url", buf_span(&url));
	for (size_t i = 0; kept && i < N_ELEMS(names); i++) {
		json_t *value = json_object_get(kept, names[i]);
		char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

		json_key(j, names[i]);
		json_value(j, text ? span_str(text) : SPAN("null"));
		free(text);
	}
	json_member_time(j, "changed", row->changed_ms);
	json_end_object(j);
	json_decref(kept);
	return kept ? 0 : err(ERR_CORRUPT, "a form is no JSON");
}

WAITS int httpd_forms(struct httpd_request *q)
{
	AUTO_BUF body = BUF(HTTPD_ANSWER_MAX);
	struct json j = JSON(&body);
	struct kit_list_args a = { .ticket = httpd_ticket(q),
		                   .kind = KIT_FORM,
		                   .after = httpd_parameter(q, "after") };
	struct kit_list_reply page;
	int r = kit_list(&a, &q->mem, &page); /* WAITS */

	json_begin_object(&j);
	json_key(&j, "forms");
	json_begin_array(&j);
	for (size_t i = 0; r >= 0 && i < page.n_rows; i++)
		r = put_form(q, &j, &page.rows[i]);
	if (r < 0)
		return httpd_problem_of(q, r); /* WAITS */
	json_end_array(&j);
	json_member_span(&j, "after", page.more ? page.rows[page.n_rows - 1].name : SPAN(""));
	json_end_object(&j);
	return httpd_json(q, 200, &body); /* WAITS */
}

static WAITS int show(struct httpd_request *q, struct span id, int status)
{
	AUTO_BUF body = BUF(ROOM);
	struct json j = JSON(&body);
	struct kit_get_args a = { .ticket = httpd_ticket(q), .kind = KIT_FORM, .name = id };
	struct kit_get_reply got;
	int r = kit_get(&a, &q->mem, &got); /* WAITS */

	if (r >= 0)
		r = put_form(q, &j, &(struct kit_row){ id, got.octets, got.changed_ms });
	return r < 0 ? httpd_problem_of(q, r) : httpd_json(q, status, &body); /* WAITS */
}

WAITS int httpd_form(struct httpd_request *q)
{
	return show(q, q->segments[2], 200); /* WAITS */
}

/* Whoever fills it in writes to its owner and to nobody else. */
static WAITS int check_owner(struct httpd_request *q, struct span to)
{
	struct directory_route route;
	int r = directory_route(to, &q->mem, &route); /* WAITS */

	if (r == ERR_NOT_FOUND || r == ERR_REFUSED || r == ERR_SYNTAX || r == ERR_LIMIT ||
	    r == ERR_TOO_LONG ||
	    (r >= 0 && !span_eq(route.account, span_str(q->s->key.login.account))))
		return err(ERR_SYNTAX, "\"to\": %.*s is no address of this account", SPAN_ARG(to));
	return r;
}

static WAITS int put(struct httpd_request *q, struct span id, json_t *body,
                     struct kit_order_reply *done)
{
	struct kit_order_args a = { .ticket = httpd_ticket(q), .kind = KIT_FORM, .name = id };
	struct form form;
	int r = form_read(body, &form);

	if (r >= 0 && !form.to.n &&
	    json_object_set_new(body, "to", json_string(q->s->key.login.account)) < 0)
		r = ERR_NO_MEMORY;
	if (r >= 0 && form.to.n)
		r = check_owner(q, form.to); /* WAITS */
	if (r < 0)
		return r;
	char *text = json_dumps(body, JSON_COMPACT);
	a.octets = span_str(text);
	r = text ? kit_order(&a, &q->mem, done) : ERR_NO_MEMORY; /* WAITS */
	free(text);
	return r;
}

WAITS int httpd_form_make(struct httpd_request *q)
{
	struct kit_order_reply done;
	json_t *body;
	int r = httpd_body_json(q, BODY_MAX, &body); /* WAITS */

	if (r <= 0)
		return r;
	r = put(q, SPAN(""), body, &done); /* WAITS */
	json_decref(body);
	return r < 0 ? httpd_problem_of(q, r) : show(q, done.name, 201); /* WAITS */
}

/* Only one that is there: names are given here. */
WAITS int httpd_form_put(struct httpd_request *q)
{
	struct kit_get_args there = { .ticket = httpd_ticket(q),
		                      .kind = KIT_FORM,
		                      .name = q->segments[2] };
	struct kit_get_reply got;
	struct kit_order_reply done;
	json_t *body;
	int r = httpd_body_json(q, BODY_MAX, &body); /* WAITS */

	if (r <= 0)
		return r;
	r = kit_get(&there, &q->mem, &got); /* WAITS */
	if (r >= 0)
		r = put(q, there.name, body, &done); /* WAITS */
	json_decref(body);
	return r < 0 ? httpd_problem_of(q, r) : show(q, there.name, 200); /* WAITS */
}

WAITS int httpd_form_remove(struct httpd_request *q)
{
	AUTO_BUF body = BUF(1024);
	struct json j = JSON(&body);
	struct kit_order_args a = {
		.ticket = httpd_ticket(q), .kind = KIT_FORM, .name = q->segments[2], .remove = true
	};
	struct kit_order_reply done;
	int r = kit_order(&a, &q->mem, &done); /* WAITS */

	if (r < 0)
		return httpd_problem_of(q, r); /* WAITS */
	json_begin_object(&j);
	json_member_span(&j, "removed", a.name);
	json_end_object(&j);
	return httpd_json(q, 200, &body); /* WAITS */
}
