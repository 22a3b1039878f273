/* admind/answer.c - a call is made, and its lines become one JSON document. */
#include <stdlib.h>

#include "admind/ops.h"

enum { BODY_MAX = 64 << 10, LETTER_MAX = 16 << 20 };

/* The lines of an answer, as they come: the last one has "ok". */
struct lines {
	struct controld_asked asked;
	struct buf rows; /* a comma between */
	json_t *last;
	int err;
};

#define LAST SPAN("{\"ok\":true")

static int take_line(struct controld_asked *a, struct span line)
{
	struct lines *l = CONTAINER(a, struct lines, asked);

	if (span_starts(line, LAST)) {
		l->err = controld_parse(line, &l->last);
		return l->err;
	}
	if (l->rows.n)
		buf_putc(&l->rows, ',');
	l->err = buf_put(&l->rows, line);
	if (l->err == ERR_TOO_LONG)
		l->err = err(ERR_LIMIT, "the answer is too long: ask for less at once (limit)");
	return l->err;
}

static void lines_fini(struct lines *l)
{
	buf_fini(&l->rows);
	json_decref(l->last);
}

static WAITS int ask(struct httpd_request *q, json_t *request, struct span text, struct lines *l)
{
	*l = (struct lines){ .asked = { .set = q->s->set,
		                        .who = q->s->key.login.account,
		                        .text = text,
		                        .line = take_line },
		             .rows = BUF(HTTPD_ANSWER_MAX) };
	int r = controld_ask(&l->asked, request); /* WAITS */
	if (l->err < 0)
		return l->err;
	return r >= 0 && !l->last ? err(ERR_BUG, "the answer has no end") : r;
}

WAITS int admind_ask_row(struct httpd_request *q, json_t *request, json_t **out)
{
	AUTO(lines_fini) struct lines l;
	int r = ask(q, request, SPAN(""), &l); /* WAITS */

	return r < 0 ? r : controld_parse(buf_span(&l.rows), out);
}

/* ---- what went wrong ---- */

WAITS int admind_problem(struct httpd_request *q, int r)
{
	static const struct {
		int r, status;
		const char *type;
	} problems[] = {
		{ ERR_EXISTS, 409, "exists" },      { ERR_REFUSED, 409, "refused" },
		{ ERR_DAMAGED, 409, "damaged" },    { ERR_LIMIT, 422, "limit" },
		{ ERR_TOO_BIG, 422, "limit" },      { ERR_UNKNOWN, 400, "malformed" },
		{ ERR_TOO_LONG, 400, "malformed" },
	};

	for (size_t i = 0; i < N_ELEMS(problems); i++)
		if (problems[i].r == r)
			return httpd_problem(q, problems[i].status, problems[i].type, "%s",
			                     err_str(r)); /* WAITS */
	return httpd_problem_of(q, r);                    /* WAITS */
}

/* ---- the document ---- */

/* Members of an object, without its braces. */
static void put_members(json_t *object, struct json *j)
{
	const char *key;
	json_t *v;

	json_object_foreach(object, key, v)
	{
		char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);

		json_key(j, key);
		json_value(j, text ? span_str(text) : SPAN("null"));
		if (!text)
			j->out->err = ERR_NO_MEMORY;
		free(text);
	}
}

static void put_rows(const char *name, const struct lines *l, struct json *j)
{
	json_key(j, name);
	json_begin_array(j);
	if (l->rows.n)
		json_value(j, buf_span(&l->rows));
	json_end_array(j);
}

/* The one row, and what stands besides. */
static int put_one(const struct admind_call *c, const struct lines *l, struct json *j)
{
	json_t *row = NULL;
	int r = controld_parse(buf_span(&l->rows), &row);

	if (r >= 0)
		put_members(row, j);
	json_decref(row);
	put_members(c->besides, j);
	return r;
}

static int put(const struct admind_call *c, const struct lines *l, struct json *j)
{
	int r = 0;

	json_object_del(l->last, "ok");
	json_begin_object(j);
	switch (c->op->shape) {
	case ADMIND_ONE: r = put_one(c, l, j); break;
	case ADMIND_MADE: put_members(c->besides, j); break;
	case ADMIND_ROWS:
		put_rows(c->op->rows, l, j);
		json_object_del(l->last, "rows"); /* their number, and "more": "next" says it */
		json_object_del(l->last, "more");
		put_members(l->last, j);
		break;
	case ADMIND_LAST: put_members(l->last, j); break;
	}
	json_end_object(j);
	return r < 0 ? r : j->out->err;
}

WAITS int admind_answer(struct admind_call *c)
{
	AUTO(lines_fini) struct lines l;
	AUTO_BUF body = BUF(2 * HTTPD_ANSWER_MAX);
	struct json j = JSON(&body);
	int r = ask(c->q, c->request, c->text, &l); /* WAITS */

	if (r >= 0)
		r = put(c, &l, &j);
	if (r < 0)
		return admind_problem(c->q, r);                              /* WAITS */
	return httpd_json(c->q, c->op->status ? c->op->status : 200, &body); /* WAITS */
}

/* ---- a request ---- */

/* 1; 0: it was answered. */
static WAITS int read_body(struct admind_call *c)
{
	enum http_method m = c->q->head.method;
	size_t max = c->op->prepare == admind_letter ? LETTER_MAX : BODY_MAX;
	json_t *given;

	if (!c->op->members || (m != HTTP_POST && m != HTTP_PUT && m != HTTP_PATCH))
		return 1;
	int r = httpd_body_json(c->q, max, &given); /* WAITS */
	if (r > 0)
		c->given = given;
	return r;
}

static WAITS int serve(struct admind_call *c)
{
	int r = read_body(c); /* WAITS */

	if (r <= 0)
		return r;
	c->request = json_object();
	r = c->request ? admind_read(c) : ERR_NO_MEMORY;
	if (r >= 0 && c->op->prepare)
		r = c->op->prepare(c);                             /* WAITS */
	return r < 0 ? admind_problem(c->q, r) : admind_answer(c); /* WAITS */
}

WAITS int admind_serve(struct httpd_request *q)
{
	struct admind_call c = { .q = q, .op = q->route->arg };
	int r = serve(&c); /* WAITS */

	json_decref(c.given);
	json_decref(c.request);
	json_decref(c.besides);
	return r;
}
