/* httpd/webhooks.c - /v1/webhooks: endpoints to which an account has its events posted. */
#include <stdlib.h>

#include "base/base64.h"
#include "calls/webhooks.h"
#include "httpd/draft.h"
#include "httpd/hub.h"
#include "httpd/session.h"
#include "rt/loop.h"

enum { BODY_MAX = 64 << 10, LOG_PAGE = 50 };

/* ---- what is asked ---- */

static int read_id(struct httpd_request *q, struct webhook_order_args *a)
{
	if (q->n_segments < 3 || (id_parse(q->segments[2], &a->id) >= 0 && a->id))
		return 0;
	return err(ERR_NOT_FOUND, "the account has no webhook with this id");
}

static struct span text_of(const json_t *value)
{
	return span_make(json_string_value(value), json_string_length(value));
}

static int read_url(const json_t *value, struct webhook_order_args *a, struct arena *mem)
{
	if (!json_is_string(value))
		return err(ERR_SYNTAX, "\"url\" is no text");
	a->given |= WEBHOOK_URL;
	return arena_copy(mem, text_of(value), &a->url);
}

static int read_events(const json_t *value, struct webhook_order_args *a, struct arena *mem)
{
	AUTO_BUF names = BUF(1024);
	const json_t *one;
	size_t i;

	if (!json_is_array(value))
		return err(ERR_SYNTAX, "\"events\" is no array of names");
	json_array_foreach((json_t *)value, i, one)
	{
		struct span name = text_of(one);

		if (!name.n || span_find(name, ',') >= 0)
			return err(ERR_SYNTAX, "\"events\": number %zu is no name", i + 1);
		if (names.n)
			buf_putc(&names, ',');
		buf_put(&names, name);
	}
	a->given |= WEBHOOK_EVENTS;
	if (names.err)
		return err(ERR_SYNTAX, "\"events\" has too many names");
	return arena_copy(mem, buf_span(&names), &a->events);
}

static int read_enabled(const json_t *value, struct webhook_order_args *a, UNUSED struct arena *mem)
{
	if (!json_is_boolean(value))
		return err(ERR_SYNTAX, "\"enabled\" is neither true nor false");
	a->given |= WEBHOOK_ENABLED;
	a->enabled = json_is_true(value);
	return 0;
}

static int read_tags(const json_t *value, struct webhook_order_args *a, struct arena *mem)
{
	a->given |= WEBHOOK_TAGS;
	return httpd_tags_read(value, mem, &a->tags);
}

/* A number of a change, or a time. */
static int read_since(const json_t *value, struct webhook_order_args *a, UNUSED struct arena *mem)
{
	if (json_is_integer(value) && json_integer_value(value) > 0)
		a->seq = (uint64_t)json_integer_value(value);
	else if (!json_is_string(value) || clock_parse_rfc3339(text_of(value), &a->time_ms) < 0)
		return err(ERR_SYNTAX, "\"since\" is neither the number of a change nor a time "
		                       "such as 2026-11-30T12:00:00Z");
	return 0;
}

typedef int member_fn(const json_t *value, struct webhook_order_args *a, struct arena *mem);
struct member {
	const char *name;
	member_fn *read;
};
static const struct member of_new[] = {
	{ "url", read_url }, { "events", read_events }, { "tags", read_tags }, { 0 }
};
static const struct member of_change[] = { { "url", read_url },
	                                   { "events", read_events },
	                                   { "tags", read_tags },
	                                   { "enabled", read_enabled },
	                                   { 0 } };
static const struct member of_replay[] = { { "since", read_since }, { 0 } };

static int read_members(json_t *body, const struct member *members, struct webhook_order_args *a,
                        struct arena *mem)
{
	const char *name;
	json_t *value;
	int r = 0;

	json_object_foreach(body, name, value)
	{
		const struct member *m = members;

		while (m->name && strcmp(m->name, name) != 0)
			m++;
		if (!m->name)
			return err(ERR_SYNTAX,
			           "there is no member \"%s\"; /v1/openapi.json has those there "
			           "are",
			           name);
		if ((r = m->read(value, a, mem)) < 0)
			return r;
	}
	return r;
}

/* 1; 0: it was answered. */
static WAITS int read_body(struct httpd_request *q, const struct member *members,
                           struct webhook_order_args *a)
{
	json_t *body;
	int r = httpd_body_json(q, BODY_MAX, &body); /* WAITS */

	if (r <= 0)
		return r;
	r = read_members(body, members, a, &q->mem);
	json_decref(body);
	if (r >= 0)
		return 1;
	r = httpd_problem_of(q, r); /* WAITS */
	return r < 0 ? r : 0;
}

/* ---- what is answered ---- */

static WAITS int problem(struct httpd_request *q, int r)
{
	if (r == ERR_REFUSED)
		return httpd_problem(q, 422, "refused", "%s", err_str(r)); /* WAITS */
	return httpd_problem_of(q, r);                                     /* WAITS */
}

static WAITS int order(struct httpd_request *q, struct webhook_order_args *a,
                       enum webhook_verb verb, struct webhook_order_reply *out)
{
	int r = read_id(q, a);

	a->ticket = httpd_ticket(q);
	a->verb = (uint8_t)verb;
	return r < 0 ? r : webhook_order(a, &q->mem, out); /* WAITS */
}

static WAITS int answer_row(struct httpd_request *q, struct webhook_order_args *a,
                            enum webhook_verb verb, int status)
{
	struct webhook_order_reply got;
	int r = order(q, a, verb, &got); /* WAITS */

	if (r >= 0 && !got.n_rows)
		r = ERR_BUG;
	return r < 0 ? problem(q, r) /* WAITS */
	             : httpd_answer(q, status, "application/json", SPAN(""),
	                            got.rows[0].json); /* WAITS */
}

static void put_rows(struct json *j, const char *key, const struct webhook_order_reply *got)
{
	json_key(j, key);
	json_begin_array(j);
	for (size_t i = 0; i < got->n_rows; i++)
		json_value(j, got->rows[i].json);
	json_end_array(j);
}

WAITS int httpd_webhooks(struct httpd_request *q)
{
	AUTO_BUF body = BUF(HTTPD_ANSWER_MAX);
	struct json j = JSON(&body);
	struct webhook_order_args a = { 0 };
	struct webhook_order_reply got;
	int r = order(q, &a, WEBHOOK_LIST, &got); /* WAITS */

	if (r < 0)
		return problem(q, r); /* WAITS */
	json_begin_object(&j);
	put_rows(&j, "webhooks", &got);
	json_end_object(&j);
	return httpd_json(q, 200, &body); /* WAITS */
}

WAITS int httpd_webhook(struct httpd_request *q)
{
	struct webhook_order_args a = { 0 };

	return answer_row(q, &a, WEBHOOK_LIST, 200); /* WAITS */
}

WAITS int httpd_webhook_new(struct httpd_request *q)
{
	struct webhook_order_args a = { 0 };
	int r = read_body(q, of_new, &a); /* WAITS */

	return r <= 0 ? r : answer_row(q, &a, WEBHOOK_NEW, 201); /* WAITS */
}

WAITS int httpd_webhook_change(struct httpd_request *q)
{
	struct webhook_order_args a = { 0 };
	int r = read_body(q, of_change, &a); /* WAITS */

	return r <= 0 ? r : answer_row(q, &a, WEBHOOK_CHANGE, 200); /* WAITS */
}

WAITS int httpd_webhook_remove(struct httpd_request *q)
{
	AUTO_BUF body = BUF(64);
	struct webhook_order_args a = { 0 };
	struct webhook_order_reply got;
	int r = order(q, &a, WEBHOOK_REMOVE, &got); /* WAITS */

	buf_puts(&body, "{\"deleted\":true}");
	return r < 0 ? problem(q, r) : httpd_json(q, 200, &body); /* WAITS */
}

WAITS int httpd_webhook_rotate(struct httpd_request *q)
{
	struct webhook_order_args a = { 0 };

	return answer_row(q, &a, WEBHOOK_ROTATE, 200); /* WAITS */
}

/* Who waits for what comes of a test: an endpoint has long to answer, and a stop does not wait. */
struct testing {
	struct list link;
	struct fibre *fibre;
};
static struct list testing = LIST_INIT(testing);

void httpd_tests_stop(void)
{
	struct testing *t;

	LIST_EACH(t, &testing, link)
		fibre_cancel(t->fibre);
}

WAITS int httpd_webhook_test(struct httpd_request *q)
{
	struct testing me = { .fibre = fibre_self() };
	struct webhook_order_args a = { 0 };

	fibre_deadline_set(clock_add(loop_now_at(), q->s->set->http_webhook_time + HTTPD_WORK_MS));
	if (hub_stopping())
		return ERR_CLOSED;
	list_push_back(&testing, &me.link);
	int r = answer_row(q, &a, WEBHOOK_TEST, 200); /* WAITS */
	list_remove(&me.link);
	return r;
}

WAITS int httpd_webhook_replay(struct httpd_request *q)
{
	struct webhook_order_args a = { 0 };
	int r = read_body(q, of_replay, &a); /* WAITS */

	if (r > 0 && !a.seq && !a.time_ms)
		return httpd_problem(q, 400, "malformed",
		                     "\"since\" says from which change, or which time, to go "
		                     "on");                         /* WAITS */
	return r <= 0 ? r : answer_row(q, &a, WEBHOOK_REPLAY, 200); /* WAITS */
}

static int read_page(struct httpd_request *q, struct webhook_order_args *a)
{
	struct span before = httpd_parameter(q, "before"), limit = httpd_parameter(q, "limit");
	uint64_t n = LOG_PAGE;
	int r = 0;

	if (before.n && (span_to_u64(before, INT64_MAX, &a->before) < 0 || !a->before))
		r = err(ERR_SYNTAX, "before: %.*s is no number of an attempt", SPAN_ARG(before));
	if (r >= 0 && limit.n && (span_to_u64(limit, WEBHOOK_LOG_MAX, &n) < 0 || !n))
		r = err(ERR_SYNTAX, "limit: 1 to %d", WEBHOOK_LOG_MAX);
	a->max = (uint32_t)n;
	return r;
}

WAITS int httpd_webhook_attempts(struct httpd_request *q)
{
	AUTO_BUF body = BUF(HTTPD_ANSWER_MAX);
	struct json j = JSON(&body);
	struct webhook_order_args a = { 0 };
	struct webhook_order_reply got;
	int r = read_page(q, &a);

	if (r >= 0)
		r = order(q, &a, WEBHOOK_LOG, &got); /* WAITS */
	if (r < 0)
		return problem(q, r); /* WAITS */
	json_begin_object(&j);
	put_rows(&j, "attempts", &got);
	json_member_bool(&j, "more", got.more);
	json_end_object(&j);
	return httpd_json(q, 200, &body); /* WAITS */
}
