/* httpd/send.c - POST /v1/messages, and /v1/messages/batch: many in one request.
 *
 * Of a batch several are on their way at once, so that they share the journal's syncs; each is
 * answered for itself.
 */
#include <stdlib.h>

#include "base/base64.h"
#include "httpd/parts.h"
#include "httpd/records.h"
#include "httpd/submit.h"
#include "rt/loop.h"

enum { MORE = 1 << 20, BATCH_MAX = 10000, AT_ONCE = 32, BATCH_MS = 10 * 60 * 1000 };

size_t httpd_submit_body_max(const struct settings *set)
{
	return (size_t)set->smtp_size_max / 3 * 4 + MORE;
}

WAITS int httpd_submit_once(struct httpd_request *q, struct span *key)
{
	size_t n = http_field_count(&q->head, "Idempotency-Key");

	*key = http_field(&q->head, "Idempotency-Key");
	if (!n || (n == 1 && key->n && key->n <= HTTPD_KEY_MAX))
		return 1;
	int r = httpd_problem(q, 400, "malformed",
	                      "Idempotency-Key is no single text of 1 to %d octets",
	                      HTTPD_KEY_MAX); /* WAITS */
	return r < 0 ? r : 0;
}

/* ---- one ---- */

static WAITS int send_one(struct httpd_request *q, const struct httpd_handed *what)
{
	struct httpd_submitted done;
	struct httpd_no no;
	int r = httpd_submit(q, what, &q->mem, &done, &no); /* WAITS */

	if (r == ERR_CLOSED || r == ERR_CANCELLED)
		return r;
	if (r < 0)
		return httpd_refuse(q, &no);     /* WAITS */
	return httpd_answer_submitted(q, &done); /* WAITS */
}

static WAITS int send_json(struct httpd_request *q, struct httpd_handed *what, json_t *body)
{
	q->mem.cap = 2 * httpd_submit_body_max(q->s->set);
	what->body = body;
	what->once.digest = q->digest;
	int r = send_one(q, what); /* WAITS */
	json_decref(body);
	return r;
}

static WAITS int send_parts(struct httpd_request *q, struct httpd_handed *what)
{
	struct httpd_parts parts;
	json_t *body;
	int r = httpd_parts_read(q, httpd_submit_body_max(q->s->set), &parts); /* WAITS */

	if (r > 0)
		r = httpd_parse_json(q, buf_span(&parts.message), &body); /* WAITS */
	what->parts = &parts;
	if (r > 0)
		r = send_json(q, what, body); /* WAITS */
	httpd_parts_end(&parts);              /* WAITS */
	return r;
}

WAITS int httpd_send(struct httpd_request *q)
{
	struct httpd_handed what = { 0 };
	bool has_parts = false;
	json_t *body;
	int r = httpd_submit_once(q, &what.once.key); /* WAITS */

	if (r > 0 && httpd_has_parts(q, &has_parts) < 0)
		return httpd_problem_of(q, ERR_SYNTAX); /* WAITS */
	if (r > 0 && has_parts)
		return send_parts(q, &what); /* WAITS */
	if (r > 0)
		r = httpd_body_json(q, httpd_submit_body_max(q->s->set), &body); /* WAITS */
	return r <= 0 ? r : send_json(q, &what, body);                           /* WAITS */
}

/* ---- many ---- */

struct told {
	int r;
	uint64_t id;
	struct httpd_no *no; /* NULL: it is committed */
};

struct batch {
	struct httpd_request *q;
	const json_t *messages;
	struct span key;
	struct told *told;
	size_t n, next;
};

/* Within a batch each has a name of its own. */
static int name_of(const struct batch *b, size_t i, struct arena *mem, struct record_once *out)
{
	const char *key = b->key.n ? arena_printf(mem, "%.*s/%zu", SPAN_ARG(b->key), i) : "";

	*out = (struct record_once){ span_str(key), b->q->digest };
	return key ? 0 : ERR_NO_MEMORY;
}

static WAITS void submit(struct batch *b, size_t i)
{
	AUTO_ARENA mem = { .cap = 2 * httpd_submit_body_max(b->q->s->set) };
	struct httpd_handed what = { .body = json_array_get(b->messages, i) };
	struct told *t = &b->told[i];
	struct httpd_submitted done;
	struct httpd_no no;

	fibre_deadline_set(clock_add(loop_now_at(), HTTPD_WORK_MS));
	err_clear();
	t->r = name_of(b, i, &mem, &what.once);
	if (t->r >= 0)
		t->r = httpd_submit(b->q, &what, &mem, &done, &no); /* WAITS */
	if (t->r >= 0)
		t->id = done.id;
	else if ((t->no = malloc(sizeof *t->no)))
		*t->no = no;
}

static WAITS void work(void *arg)
{
	struct batch *b = arg;

	while (b->next < b->n && !stream_shutdown())
		submit(b, b->next++); /* WAITS */
}

static WAITS int run(struct batch *b)
{
	struct nursery workers;
	int r = 0;

	nursery_init(&workers);
	fibre_deadline_set(clock_add(loop_now_at(), BATCH_MS));
	for (size_t i = 0; r >= 0 && i < AT_ONCE && i < b->n; i++)
		r = nursery_spawn(&workers, "batch", work, b);
	int ended = nursery_wait(&workers); /* WAITS */
	fibre_deadline_set(clock_add(loop_now_at(), HTTPD_WORK_MS));
	return b->next < b->n ? (ended < 0 ? ended : ERR_CANCELLED) : 0;
}

static void put_id(struct json *j, uint64_t id)
{
	char text[ID_TEXT_LEN + 1];

	id_print(id, text);
	json_str(j, id ? text : NULL);
}

static WAITS int answer(struct batch *b)
{
	AUTO_BUF body = BUF((b->n + 1) * (512 + 6 * sizeof(struct httpd_no)));
	struct json j = JSON(&body);

	json_begin_object(&j);
	json_key(&j, "messages");
	json_begin_array(&j);
	for (size_t i = 0; i < b->n; i++) {
		const struct told *t = &b->told[i];

		json_begin_object(&j);
		json_member_int(&j, "status", t->no ? t->no->status : t->r < 0 ? 503 : 202);
		json_key(&j, "id");
		put_id(&j, t->id);
		json_key(&j, "problem");
		if (t->no)
			httpd_no_json(t->no, &j);
		else
			json_str(&j, NULL);
		json_end_object(&j);
	}
	json_end_array(&j);
	json_end_object(&j);
	return httpd_json(b->q, 207, &body); /* WAITS */
}

/* n_members: of the body, in which nothing else may stand. */
static WAITS int send_all(struct batch *b, size_t n_members)
{
	b->n = json_array_size(b->messages);
	if (!json_is_array(b->messages) || !b->n || b->n > BATCH_MAX || n_members != 1)
		return httpd_problem(b->q, 400, "malformed",
		                     "the body is no object with \"messages\" alone, an array of 1 "
		                     "to %d",
		                     BATCH_MAX); /* WAITS */
	b->told = calloc(b->n, sizeof *b->told);
	int r = b->told ? run(b) : ERR_NO_MEMORY; /* WAITS */
	if (r >= 0)
		r = answer(b); /* WAITS */
	for (size_t i = 0; b->told && i < b->n; i++)
		free(b->told[i].no);
	free(b->told);
	return r;
}

WAITS int httpd_batch(struct httpd_request *q)
{
	struct batch b = { .q = q };
	json_t *body;
	int r = httpd_submit_once(q, &b.key); /* WAITS */

	if (r > 0)
		r = httpd_body_json(q, httpd_submit_body_max(q->s->set), &body); /* WAITS */
	if (r <= 0)
		return r;
	b.messages = json_object_get(body, "messages");
	r = send_all(&b, json_object_size(body)); /* WAITS */
	json_decref(body);
	return r;
}
