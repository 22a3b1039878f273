/* httpd/body.c - what stands behind the head of a request (RFC 9112 6, 7). */
#include "base/base64.h"
#include "crypto/hash.h"
#include "httpd/session.h"
#include "rt/loop.h"

enum {
	SKIP_MAX = 256 << 10, /* octets that are read past */
	DEPTH_MAX = 32,       /* of JSON */
	TEXT_COST = 2,        /* octets of memory that an octet of it takes, read */
	VALUE_COST = 64,      /* and one of its values or names */
	VALUES_MAX = 1 << 20,
};

static WAITS int ask_on(struct httpd_request *q)
{
	int r = 0;

	if (q->head.awaits_continue)
		r = stream_put(q->s->stream, SPAN("HTTP/1.1 100 Continue\r\n\r\n")); /* WAITS */
	q->head.awaits_continue = false;
	return r;
}

/* Octets of the body among those that have come, which may be none: all are consumed by the caller
 * as *used.  q->body_over tells its end.  ERR_SYNTAX. */
static int piece(struct httpd_request *q, struct span come, size_t *used, struct span *out)
{
	struct span rest = come;
	int r;

	if (q->head.framing == HTTP_LENGTH) {
		*out = span_sub(come, 0, q->body_left);
		*used = out->n;
		q->body_left -= out->n;
		q->body_over = !q->body_left;
		return 0;
	}
	r = http_chunks_take(&q->chunks, &rest, out);
	*used = come.n - rest.n;
	q->body_over = r == 0;
	return r < 0 ? r : 0;
}

/* Takes the next of it to out, which may be NULL. */
static WAITS int take(struct httpd_request *q, struct buf *out)
{
	struct stream *stream = q->s->stream;
	struct span come = stream_peek(stream), got;
	size_t used;
	int r = 0;

	if (!come.n) {
		fibre_deadline_set(clock_add(loop_now_at(), q->s->set->http_body_time));
		return httpd_fill(q->s); /* WAITS */
	}
	r = piece(q, come, &used, &got);
	if (r >= 0 && (q->body_n += got.n) > q->body_max)
		r = ERR_TOO_LONG;
	if (r >= 0 && out)
		r = buf_put(out, got);
	stream_consume(stream, used);
	return r;
}

/* At a rate that is not too low: a client must not hold room for as long as it likes. */
static bool too_slow(const struct httpd_request *q)
{
	const struct settings *set = q->s->set;
	int64_t rate = set->http_body_rate;

	return rate && loop_now_at() - q->body_begun_at >
	                       set->http_body_time + (int64_t)q->body_n / rate * 1000;
}

static bool has_none(struct httpd_request *q)
{
	if (q->head.framing == HTTP_NO_BODY || (q->head.framing == HTTP_LENGTH && !q->body_left))
		q->body_over = true;
	return q->body_over;
}

WAITS int httpd_body_refuse(struct httpd_request *q, int r)
{
	q->closes = true;
	switch (r) {
	case ERR_TOO_LONG:
		return httpd_problem(q, 413, "too-large", "the body may have %zu octets here",
		                     q->body_max); /* WAITS */
	case ERR_SYNTAX:
		return httpd_problem(q, 400, "malformed",
		                     "the body is not in chunks as RFC 9112 "
		                     "has them"); /* WAITS */
	case ERR_TIMEOUT:
		return httpd_problem(q, 408, "too-slow",
		                     "the body did not come in time"); /* WAITS */
	case ERR_LIMIT:
		return httpd_problem(q, 503, "busy", "%s; send it again in a moment",
		                     err_str(r)); /* WAITS */
	default: return httpd_problem_of(q, r);   /* WAITS */
	}
}

WAITS int httpd_body_begin(struct httpd_request *q, size_t max)
{
	q->body_begun_at = loop_now_at();
	q->body_max = max;
	if (q->head.framing == HTTP_LENGTH && q->head.length > max)
		return ERR_TOO_LONG;
	return has_none(q) ? 0 : ask_on(q); /* WAITS */
}

WAITS int httpd_body_next(struct httpd_request *q, struct buf *out)
{
	int r = q->body_over ? 0 : take(q, out); /* WAITS */

	if (r >= 0 && too_slow(q))
		r = ERR_TIMEOUT;
	fibre_deadline_set(clock_add(loop_now_at(), HTTPD_WORK_MS));
	return r < 0 ? r : !q->body_over;
}

WAITS int httpd_body(struct httpd_request *q, size_t max, struct buf *out)
{
	int r = httpd_body_begin(q, max); /* WAITS */
	int more = 1;

	while (r >= 0 && more > 0) {
		size_t before = out->n;

		r = more = httpd_body_next(q, out); /* WAITS */
		if (r >= 0)
			r = httpd_hold(q, (out->n - before) * TEXT_COST);
	}
	if (r >= 0)
		return 1;
	r = httpd_body_refuse(q, r); /* WAITS */
	return r < 0 ? r : 0;
}

WAITS int httpd_body_skip(struct httpd_request *q)
{
	int r = 1;

	if (has_none(q))
		return 0;
	/* What it was not asked for it does not send. */
	if (q->closes || q->head.awaits_continue) {
		q->s->lingers = !q->head.awaits_continue;
		return ERR_CLOSED;
	}
	q->body_begun_at = loop_now_at();
	q->body_max = SKIP_MAX;
	q->body_n = 0;
	while (r > 0)
		r = httpd_body_next(q, NULL); /* WAITS */
	return r;
}

/* Before it is given to a reader that descends, and takes memory for each value.  1; 0: answered.
 */
static WAITS int check_json(struct httpd_request *q, struct span text)
{
	size_t n = json_count(text);
	int r = 0;

	if (json_check_depth(text, DEPTH_MAX) < 0)
		r = httpd_problem(q, 400, "malformed", "the body is nested too deep"); /* WAITS */
	else if (n > VALUES_MAX)
		r = httpd_problem(q, 400, "malformed", "the body has more than %d values",
		                  VALUES_MAX); /* WAITS */
	else if ((r = httpd_hold(q, n * VALUE_COST)) < 0)
		r = httpd_body_refuse(q, r); /* WAITS */
	else
		return 1;
	return r < 0 ? r : 0;
}

static WAITS int no_json(struct httpd_request *q, const json_error_t *e)
{
	int r = httpd_problem(q, 400, "malformed", "the body is no JSON: %s (line %d, column %d)",
	                      e->text, e->line, e->column); /* WAITS */
	return r < 0 ? r : 0;
}

int httpd_digest(struct httpd_request *q, struct span octets)
{
	AUTO_BUF text = BUF(64);
	uint8_t digest[CRYPTO_SHA256];
	int r = 0;

	if (!http_field_count(&q->head, "Idempotency-Key"))
		return 0;
	r = crypto_sha256(octets, digest);
	if (r >= 0)
		r = base64_encode(&text, span_make(digest, sizeof digest));
	return r < 0 ? r : arena_copy(&q->mem, buf_span(&text), &q->digest);
}

WAITS int httpd_parse_json(struct httpd_request *q, struct span text, json_t **out)
{
	json_error_t e = { 0 };
	int r = check_json(q, text); /* WAITS */

	if (r <= 0)
		return r;
	*out = json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &e);
	if (!*out)
		return no_json(q, &e); /* WAITS */
	if (json_is_object(*out))
		return 1;
	json_decref(*out);
	r = httpd_problem(q, 400, "malformed", "the body is no JSON object"); /* WAITS */
	return r < 0 ? r : 0;
}

WAITS int httpd_body_json(struct httpd_request *q, size_t max, json_t **out)
{
	AUTO_BUF text = BUF(max + 1);
	int r = httpd_body(q, max, &text); /* WAITS */
	int digested = r > 0 ? httpd_digest(q, buf_span(&text)) : 0;

	if (r <= 0 || digested < 0)
		return digested < 0 ? digested : r;
	return httpd_parse_json(q, buf_span(&text), out); /* WAITS */
}

json_t *httpd_kept_json(struct span text)
{
	return json_check_depth(text, DEPTH_MAX) < 0 ? NULL : json_loadb(text.p, text.n, 0, NULL);
}
