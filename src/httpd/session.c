/* httpd/session.c - the loop of a connection: a request, its answer, the next.
 *
 * Between requests a session is a parked record; during one it is a fibre.
 */
#include "httpd/session.h"

#include <stdlib.h>

#include "base/event.h"
#include "base/os.h"
#include "metrics/metrics.h"
#include "policy/bans.h"
#include "policy/limits.h"
#include "rt/loop.h"

enum { LINGER_MS = 2000, LINGER_MAX = 32 << 20 };

static size_t n_sessions;

static uint8_t protocol_of(const struct httpd_server *server)
{
	return server->kind == HTTPD_HTTPS ? METRICS_HTTPS : METRICS_HTTP;
}

static void count(const struct httpd_server *server, int n)
{
	n_sessions += (size_t)n;
	metrics_add(METRIC_SESSIONS, protocol_of(server), 0, n);
}

size_t httpd_sessions(void)
{
	return n_sessions;
}

static void session_end(struct httpd_session *s, int r)
{
	char text[ADDRESS_TEXT_BYTES];

	event_log(EVENT_session_closed, "client=%s account=%s requests=%u errors=%u reason=%s",
	          address_text(stream_peer(s->stream), true, text), s->key.login.account,
	          s->n_requests, s->n_errors, err_name(r));
	if (s->counted)
		limits_session_end(stream_peer(s->stream));
	if (s->other)
		s->other->end(s->other);
	httpd_key_forget(&s->key);
	stream_close(s->stream);
	count(s->server, -1);
	free(s);
}

WAITS int httpd_fill(struct httpd_session *s)
{
	int r = stream_fill(s->stream); /* WAITS */

	if (r == ERR_WOKEN)
		(void)stream_woken(s->stream);
	return r == ERR_WOKEN ? 0 : r;
}

/* ---- one request ---- */

/* The head, copied: what it is made of is moved by what comes behind it. */
static int take_head(struct httpd_request *q, size_t n, struct http_refusal *no)
{
	struct stream *stream = q->s->stream;
	int r = buf_put(&q->octets, span_sub(stream_peek(stream), 0, n));

	stream_consume(stream, n);
	if (r >= 0)
		r = http_head_parse(buf_span(&q->octets), &q->head, no);
	q->body_left = r < 0 ? 0 : q->head.length;
	return r;
}

/* 1: there is one; 0: none has come, and nothing waits. */
static WAITS int read_head(struct httpd_request *q, struct http_refusal *no)
{
	struct stream *stream = q->s->stream;
	size_t n = 0;
	int r = 0;

	fibre_deadline_set(clock_add(loop_now_at(), q->s->set->http_head_time));
	while (r >= 0 && !n) {
		r = http_head_end(stream_peek(stream), &n, no);
		if (r >= 0 && !n && !stream_peek(stream).n)
			return 0;
		if (r >= 0 && !n)
			r = httpd_fill(q->s); /* WAITS */
	}
	if (r >= 0)
		r = take_head(q, n, no);
	return r < 0 ? r : 1;
}

static WAITS int refuse_head(struct httpd_request *q, int r, const struct http_refusal *no)
{
	q->closes = true;
	q->s->lingers = r == ERR_TIMEOUT; /* more of it may be on its way */
	if (r == ERR_TIMEOUT)
		return httpd_problem(q, 408, "too-slow",
		                     "the head of the request did not come in time"); /* WAITS */
	if (r != ERR_SYNTAX && r != ERR_TOO_LONG)
		return r;
	return httpd_problem(q, no->status, "malformed", "%s", err_str(r)); /* WAITS */
}

static void tell(const struct httpd_request *q)
{
	char text[ADDRESS_TEXT_BYTES];

	if (!q->status)
		return;
	event_log(EVENT_request_served, "client=%s account=%s method=%s path=%.*s status=%d us=%jd",
	          address_text(stream_peer(q->s->stream), false, text), q->s->key.login.account,
	          http_method_name(q->head.method), SPAN_ARG(q->head.path), q->status,
	          (intmax_t)(os_took_us() - q->begun_us));
}

static WAITS int serve(struct httpd_request *q)
{
	int r;

	q->s->n_requests++;
	q->begun_us = os_took_us();
	fibre_deadline_set(clock_add(loop_now_at(), HTTPD_WORK_MS));
	err_clear();
	r = httpd_route(q); /* WAITS */
	if (r < 0 && !q->answered)
		r = httpd_problem_of(q, r); /* WAITS */
	tell(q);
	if (r >= 0)
		r = httpd_body_skip(q); /* WAITS */
	return r >= 0 && q->closes ? ERR_CLOSED : r;
}

static void request_free(struct httpd_request *q)
{
	httpd_held_end(q);
	buf_wipe(&q->octets);
	buf_fini(&q->octets);
	arena_fini(&q->mem);
	free(q);
}

/* 1: one was served; 0: none is there. */
static WAITS int one(struct httpd_session *s)
{
	struct httpd_request *q = calloc(1, sizeof *q);
	struct http_refusal no = { 0 };

	if (!q)
		return ERR_NO_MEMORY;
	q->s = s;
	buf_init(&q->octets, HTTP_HEAD_MAX + 1);
	int r = read_head(q, &no); /* WAITS */
	if (r < 0)
		r = refuse_head(q, r, &no);    /* WAITS */
	else if (r > 0 && (r = serve(q)) >= 0) /* WAITS */
		r = 1;
	if (r >= 0 && q->closes)
		r = ERR_CLOSED;
	request_free(q);
	return r;
}

/* ---- the connection ---- */

static WAITS void session_resume(void *arg, int r);

/* Requests until there is none waiting; then parks.  True: parked. */
static WAITS bool burst(struct httpd_session *s, int *result)
{
	int r = 0;

	while (r >= 0 && !s->other) {
		r = stream_try_fill(s->stream);
		if (r >= 0 || stream_peek(s->stream).n)
			r = one(s); /* WAITS */
		if (r > 0)
			continue;
		if (r < 0 && r != ERR_AGAIN)
			break;
		fibre_deadline_set(clock_add(loop_now_at(), s->set->http_write_time));
		r = stream_park(s->stream, clock_add(loop_now_at(), s->set->http_idle_time),
		                "httpd", session_resume, s); /* WAITS */
		if (r == 0)
			return true;
		if (r == ERR_WOKEN)
			(void)stream_woken(s->stream);
		r = r == ERR_AGAIN || r == ERR_WOKEN ? 0 : r;
	}
	*result = r;
	return false;
}

/* Closed at once, the connection would be reset, and the answer lost with it (RFC 9112 9.6). */
static WAITS void linger(struct httpd_session *s)
{
	size_t n = 0;

	fibre_deadline_set(clock_add(loop_now_at(), LINGER_MS));
	while (n < LINGER_MAX && httpd_fill(s) >= 0) { /* WAITS */
		n += stream_peek(s->stream).n;
		stream_consume(s->stream, stream_peek(s->stream).n);
	}
}

static WAITS void session_resume(void *arg, int r)
{
	struct httpd_session *s = arg;

	if (r == ERR_WOKEN)
		(void)stream_woken(s->stream);
	if (r == ERR_WOKEN || (s->other && r == ERR_TIMEOUT))
		r = 0;
	else if (r >= 0 && s->other) /* it says something, or has gone */
		r = ERR_CLOSED;
	if (r >= 0 && !s->other && burst(s, &r)) /* WAITS */
		return;
	if (r >= 0 && s->other && s->other->go_on(s, session_resume, &r)) /* WAITS */
		return;
	fibre_deadline_set(clock_add(loop_now_at(), 5000));
	if (stream_flush(s->stream) >= 0 && s->lingers) /* WAITS */
		linger(s);                              /* WAITS */
	session_end(s, r);
}

static WAITS int greet(struct httpd_session *s)
{
	char text[ADDRESS_TEXT_BYTES];
	int r = 0;

	if (s->server->kind == HTTPD_HTTPS)
		r = stream_tls_accept(s->stream, s->server->tls); /* WAITS */
	if (r < 0)
		event_log(EVENT_tls_failed, "client=%s reason=%s",
		          address_text(stream_peer(s->stream), true, text), err_str(r));
	return r;
}

static WAITS void session_begin(void *arg)
{
	struct httpd_session *s = arg;
	char text[ADDRESS_TEXT_BYTES];
	int r = limits_session_begin(s->set, stream_peer(s->stream));

	s->counted = r >= 0;
	fibre_deadline_set(clock_add(loop_now_at(), s->set->http_head_time));
	if (r < 0)
		event_log(EVENT_session_refused, "client=%s limit=%s",
		          address_text(stream_peer(s->stream), true, text), err_str(r));
	else
		r = greet(s); /* WAITS */
	if (r < 0)
		session_end(s, r);
	else
		session_resume(s, 0); /* WAITS */
}

void httpd_accept(struct stream *stream, void *arg)
{
	const struct httpd_server *server = arg;

	metrics_add(METRIC_CONNECTIONS, protocol_of(server), 0, 1);
	if (bans_turn_away(server->set, stream, NULL))
		return;
	struct httpd_session *s = calloc(1, sizeof *s);
	if (!s) {
		stream_close(stream);
		return;
	}
	count(server, 1);
	s->stream = stream;
	stream_guard(stream, true);
	s->server = server;
	s->set = server->set;
	if (fibre_run("httpd", session_begin, s) < 0) {
		count(server, -1);
		stream_close(stream);
		free(s);
	}
}
