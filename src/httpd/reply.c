/* httpd/reply.c - what is answered, and the price of errors. */
#include <stdarg.h>

#include "base/event.h"
#include "config/config_port.h"
#include "httpd/session.h"
#include "policy/bans.h"
#include "policy/penalty.h"
#include "rt/loop.h"
#include "wire/http/reply.h"

enum { HTTPS_PORT = 443 };
enum { HEAD_ROOM = 8 << 10, PROBLEM_ROOM = 8 << 10, RETRY_S = 60 };

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
	httpd_limits_put(q, &head); /* WAITS */
	http_reply_end(&head);
	if (head.err)
		return ERR_NO_MEMORY;
	fibre_deadline_set(clock_add(loop_now_at(), s->set->http_write_time));
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

/* What a stranger did wrong counts against it, as in the other protocols, and is answered later and
 * later, till the connection ends; a program with a key that errs, or meets a limit, does no harm.
 */
static WAITS int charge(struct httpd_request *q, int status)
{
	struct httpd_session *s = q->s;
	const struct address *peer = stream_peer(s->stream);

	if (status < 400 || status >= 500)
		return 0;
	s->n_errors++;
	if (s->key.login.account)
		return 0;
	q->closes |= bans_harm(s->set, peer, BANS_ERROR, loop_now_at()) ||
	             s->n_errors > s->set->smtp_errors_max;
	fibre_deadline_set(clock_add(loop_now_at(), DEBTS_WAIT_MAX + HTTPD_WORK_MS));
	return penalty_pay(s->set, peer); /* WAITS */
}

/* Cut between two characters. */
static void set_detail(struct httpd_no *out, const char *fmt, va_list ap)
{
	size_t n = sizeof out->detail - 1;

	if (vsnprintf(out->detail, sizeof out->detail, fmt, ap) <= (int)n)
		return;
	while (n && ((unsigned char)out->detail[n - 1] & 0xC0) == 0x80)
		n--;
	if (n && (unsigned char)out->detail[n - 1] >= 0xC0)
		n--;
	out->detail[n] = '\0';
}

void httpd_no(struct httpd_no *out, int status, const char *type, const char *fmt, ...)
{
	va_list ap;

	*out = (struct httpd_no){ .status = status, .type = type };
	va_start(ap, fmt);
	set_detail(out, fmt, ap);
	va_end(ap);
}

void httpd_no_json(const struct httpd_no *no, struct json *j)
{
	char type[80];

	snprintf(type, sizeof type, "/problems/%s", no->type);
	json_begin_object(j);
	json_key(j, "type");
	json_str(j, type);
	json_key(j, "title");
	json_str(j, http_status_text(no->status));
	json_member_int(j, "status", no->status);
	json_key(j, "detail");
	json_str(j, no->detail);
	json_end_object(j);
}

/* Fields that certain refusals owe (RFC 9110 10.2.3, 15.5.2). */
static struct span fields_of(int status)
{
	switch (status) {
	case 401: return SPAN("WWW-Authenticate: Bearer realm=\"postrider\"\r\n");
	case 503: return SPAN("Retry-After: 5\r\n");
	default: return SPAN("");
	}
}

/* RFC 9110 10.2.1, owed with 405. */
static void put_allow(const struct httpd_request *q, struct buf *out)
{
	AUTO_BUF names = BUF(128);

	for (unsigned m = 0; m < HTTP_METHODS; m++)
		if (q->allowed & 1u << m)
			buf_printf(&names, "%s%s%s", names.n ? ", " : "",
			           http_method_name((enum http_method)m),
			           m == HTTP_GET ? ", HEAD" : "");
	http_reply_field(out, "Allow", "%.*s", SPAN_ARG(buf_span(&names)));
}

WAITS int httpd_refuse(struct httpd_request *q, const struct httpd_no *no)
{
	AUTO_BUF body = BUF(PROBLEM_ROOM), fields = BUF(256);
	struct json j = JSON(&body);

	int r = charge(q, no->status); /* WAITS */
	if (r < 0)
		return r;
	httpd_no_json(no, &j);
	buf_put(&fields, fields_of(no->status));
	if (no->status == 405)
		put_allow(q, &fields);
	if (no->status == 429) {
		int64_t s = httpd_limits_open(q); /* WAITS */
		http_reply_field(&fields, "Retry-After", "%jd", (intmax_t)(s ? s : RETRY_S));
	}
	return httpd_answer(q, no->status, "application/problem+json", buf_span(&fields),
	                    buf_span(&body)); /* WAITS */
}

WAITS int httpd_problem(struct httpd_request *q, int status, const char *type, const char *fmt, ...)
{
	struct httpd_no no = { .status = status, .type = type };
	va_list ap;

	va_start(ap, fmt);
	set_detail(&no, fmt, ap);
	va_end(ap);
	return httpd_refuse(q, &no); /* WAITS */
}

void httpd_no_of(struct httpd_no *out, int r)
{
	switch (r) {
	case ERR_NOT_FOUND: httpd_no(out, 404, "not-found", "%s", err_str(r)); return;
	case ERR_TICKET:
		httpd_no(out, 401, "key-ended",
		         "the key was revoked, or its account is closed: use another key");
		return;
	case ERR_LIMIT: httpd_no(out, 429, "limit", "%s", err_str(r)); return;
	case ERR_QUOTA: httpd_no(out, 422, "mailbox-full", "%s", err_str(r)); return;
	case ERR_SYNTAX: httpd_no(out, 400, "malformed", "%s", err_str(r)); return;
	default: break;
	}
	event_log(EVENT_internal_error, "what=%s reason=%s", "a request over HTTP was not served",
	          err_str(r));
	httpd_no(out, 503, "unavailable", "the fault is ours; nothing was done, try again later");
}

WAITS int httpd_problem_of(struct httpd_request *q, int r)
{
	struct httpd_no no;

	if (r == ERR_CLOSED || r == ERR_CANCELLED)
		return r;
	httpd_no_of(&no, r);
	return httpd_refuse(q, &no); /* WAITS */
}

void httpd_put_url(const struct settings *set, struct buf *out)
{
	int port = set->listen_https.n ? config_port(&set->listen_https) : HTTPS_PORT;

	buf_printf(out, "https://%s", set->server_hostname);
	if (port != HTTPS_PORT)
		buf_printf(out, ":%d", port);
}
