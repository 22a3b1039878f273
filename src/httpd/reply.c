/* httpd/reply.c - what is answered, and the price of errors. */
#include <stdarg.h>

#include "base/event.h"
#include "httpd/session.h"
#include "policy/bans.h"
#include "rt/loop.h"
#include "wire/http/reply.h"

enum { HEAD_ROOM = 8 << 10, PROBLEM_ROOM = 8 << 10, DETAIL_ROOM = 2 << 10 };

WAITS int httpd_answer(struct httpd_request *q, int status, const char *type, struct span fields,
                       struct span body)
{
	AUTO_BUF head = BUF(HEAD_ROOM);
	struct httpd_session *s = q->s;

	q->answered = true;
	q->status = status;
	q->closes |= !q->head.keeps_alive || stream_shutdown();
	http_reply_begin(&head, status, clock_wall_time_ms());
	http_reply_field(&head, "Content-Type", "%s", type);
	http_reply_field(&head, "Content-Length", "%zu", body.n);
	http_reply_field(&head, "Cache-Control", "no-store");
	http_reply_field(&head, "X-Content-Type-Options", "nosniff");
	if (q->closes)
		http_reply_field(&head, "Connection", "close");
	buf_put(&head, fields);
	http_reply_end(&head);
	if (head.err)
		return ERR_NO_MEMORY;
	int r = stream_put(s->stream, buf_span(&head)); /* WAITS */
	if (r >= 0 && q->head.method != HTTP_HEAD)
		r = stream_put(s->stream, body); /* WAITS */
	return r;
}

WAITS int httpd_json(struct httpd_request *q, int status, const struct buf *body)
{
	if (body->err)
		return httpd_problem_of(q, body->err);                                /* WAITS */
	return httpd_answer(q, status, "application/json", SPAN(""), buf_span(body)); /* WAITS */
}

/* What the client did wrong counts against it, as in the other protocols. */
static void charge(struct httpd_request *q, int status)
{
	if (status < 400 || status >= 500)
		return;
	q->s->n_errors++;
	(void)bans_harm(q->s->set, stream_peer(q->s->stream), BANS_ERROR, loop_now_at());
}

static void put_problem(struct buf *out, int status, const char *type, struct span detail)
{
	struct json j = JSON(out);

	json_begin_object(&j);
	json_key(&j, "type");
	json_str(&j, type);
	json_key(&j, "title");
	json_str(&j, http_status_text(status));
	json_member_int(&j, "status", status);
	json_member_span(&j, "detail", detail);
	json_end_object(&j);
}

/* Fields that certain refusals owe (RFC 9110 10.2.3, 15.5.2). */
static struct span fields_of(int status)
{
	switch (status) {
	case 401: return SPAN("WWW-Authenticate: Bearer realm=\"postrider\"\r\n");
	case 429: return SPAN("Retry-After: 60\r\n");
	case 503: return SPAN("Retry-After: 5\r\n");
	default: return SPAN("");
	}
}

WAITS int httpd_problem(struct httpd_request *q, int status, const char *type, const char *fmt, ...)
{
	AUTO_BUF body = BUF(PROBLEM_ROOM), detail = BUF(DETAIL_ROOM);
	char name[80];
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&detail, fmt, ap);
	va_end(ap);
	snprintf(name, sizeof name, "/problems/%s", type);
	put_problem(&body, status, name, buf_span(&detail));
	charge(q, status);
	return httpd_answer(q, status, "application/problem+json", fields_of(status),
	                    buf_span(&body)); /* WAITS */
}

WAITS int httpd_problem_of(struct httpd_request *q, int r)
{
	switch (r) {
	case ERR_CLOSED:
	case ERR_CANCELLED: return r;
	case ERR_NOT_FOUND: return httpd_problem(q, 404, "not-found", "%s", err_str(r)); /* WAITS */
	case ERR_TICKET:
		return httpd_problem(q, 401, "key-ended",
		                     "the key was revoked, or its account is closed: use another "
		                     "key");                                            /* WAITS */
	case ERR_LIMIT: return httpd_problem(q, 429, "limit", "%s", err_str(r));        /* WAITS */
	case ERR_QUOTA: return httpd_problem(q, 422, "mailbox-full", "%s", err_str(r)); /* WAITS */
	case ERR_SYNTAX: return httpd_problem(q, 400, "malformed", "%s", err_str(r));   /* WAITS */
	default: break;
	}
	event_log(EVENT_internal_error, "what=%s reason=%s", "a request over HTTP was not served",
	          err_str(r));
	return httpd_problem(q, 503, "unavailable",
	                     "the fault is ours; nothing was done, try again later"); /* WAITS */
}
