/* httpd/events.c - GET /v1/events: each change of what an account sent, as it comes.
 *
 * Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html).  Between two
 * of them a session is a parked record, which the hub wakes.
 */
#include <stdlib.h>

#include "base/base64.h"
#include "httpd/hub.h"
#include "httpd/records.h"
#include "rt/loop.h"
#include "wire/http/reply.h"

enum {
	BEAT_MS = 30 * 1000, /* proxies close what is silent for a minute */
	PAGE = 200,
};

struct listening {
	struct httpd_other other;
	struct hub_listener hub;
	uint64_t message; /* 0: all */
	uint32_t events;  /* of httpd_event_of, a bit each; 0: any */
	int64_t beat_at;
};

void httpd_stop(void)
{
	hub_stop();
	httpd_tests_stop();
}

static void end(struct httpd_other *o)
{
	struct listening *l = CONTAINER(o, struct listening, other);

	hub_leave(&l->hub);
	free(l);
}

static bool is_wanted(const struct listening *l, uint64_t message, uint8_t event)
{
	return (!l->message || l->message == message) && (!l->events || l->events & 1u << event);
}

static WAITS int put(struct httpd_session *s, uint64_t seq, uint8_t event, struct span json)
{
	AUTO_BUF out = BUF(80 << 10);

	buf_printf(&out, "id: %ju\nevent: %s\ndata: ", (uintmax_t)seq, httpd_event_name(event));
	buf_put(&out, json);
	buf_puts(&out, "\n\n");
	return out.err ? ERR_NO_MEMORY : stream_put(s->stream, buf_span(&out)); /* WAITS */
}

/* Further behind than the hub: a page of what the ledger has. */
static WAITS int catch_up(struct httpd_session *s, struct listening *l)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF json = BUF(64 << 10);
	struct queue_own_changes_args a = { .ticket = buf_span(&s->key.login.ticket),
		                            .after = l->hub.after,
		                            .max = PAGE };
	struct queue_changes_reply got;
	int r = queue_own_changes(&a, &mem, &got); /* WAITS */

	for (size_t i = 0; r >= 0 && i < got.n_records; i++) {
		const struct record_change *f = &got.records[i];

		buf_reset(&json);
		if (is_wanted(l, f->message, httpd_event_of(f)) && change_json(f, &json) >= 0)
			r = put(s, f->seq, httpd_event_of(f), buf_span(&json)); /* WAITS */
	}
	if (r >= 0)
		l->hub.after = got.seq;
	return r;
}

static WAITS int put_news(struct httpd_session *s, struct listening *l)
{
	struct hub_event e;
	int r;

	while ((r = hub_next(&l->hub, &e)) != 0) {
		if (r == ERR_AGAIN)
			r = catch_up(s, l); /* WAITS */
		else if (is_wanted(l, e.message, e.event))
			r = put(s, e.seq, e.event, e.json); /* WAITS */
		if (r < 0)
			return r;
	}
	return 0;
}

/* Shows whether somebody is there still. */
static WAITS int beat(struct httpd_session *s, struct listening *l)
{
	if (loop_now_at() < l->beat_at)
		return 0;
	l->beat_at = clock_add(loop_now_at(), BEAT_MS);
	return stream_put(s->stream, SPAN(": still here\n\n")); /* WAITS */
}

static WAITS bool go_on(struct httpd_session *s, stream_resume_fn *resume, int *r)
{
	struct listening *l = CONTAINER(s->other, struct listening, other);

	do {
		(void)stream_woken(s->stream);
		fibre_deadline_set(clock_add(loop_now_at(), s->set->http_write_time));
		*r = hub_stopping() ? ERR_CLOSED : login_renew(&s->key.login); /* WAITS */
		if (*r >= 0)
			*r = put_news(s, l); /* WAITS */
		if (*r >= 0)
			*r = beat(s, l); /* WAITS */
		if (*r >= 0)
			*r = stream_park(s->stream, l->beat_at, "events", resume, s); /* WAITS */
		if (*r == 0)
			return true;
	} while (*r == ERR_WOKEN);
	if (*r == ERR_AGAIN) /* it says something, or has gone */
		*r = ERR_CLOSED;
	return false;
}

/* ---- its beginning ---- */

static WAITS int begin(struct httpd_request *q)
{
	AUTO_BUF head = BUF(4096);

	q->answered = true;
	q->status = 200;
	http_reply_begin(&head, 200, clock_wall_time_ms());
	http_reply_field(&head, "Content-Type", "text/event-stream");
	http_reply_field(&head, "Cache-Control", "no-store");
	http_reply_field(&head, "X-Accel-Buffering", "no"); /* nginx passes each on at once */
	http_reply_field(&head, "Connection", "close");
	http_reply_end(&head);
	buf_puts(&head, ": what became of your messages follows\n\n");
	int r = head.err ? ERR_NO_MEMORY : stream_put(q->s->stream, buf_span(&head)); /* WAITS */
	return r < 0 ? r : stream_flush(q->s->stream);                                /* WAITS */
}

/* Last-Event-ID, as a browser sends it when it comes again; or ?after=. */
static int read_place(struct httpd_request *q, struct listening *l, uint64_t *after)
{
	struct span last = http_field(&q->head, "Last-Event-ID"), message;

	*after = UINT64_MAX; /* from now on */
	if (!last.n)
		last = httpd_parameter(q, "after");
	if (last.n && span_to_u64(last, INT64_MAX, after) < 0)
		return err(ERR_SYNTAX, "Last-Event-ID: %.*s is no number of a change",
		           SPAN_ARG(last));
	message = httpd_parameter(q, "message");
	if (message.n && id_parse(message, &l->message) < 0)
		return err(ERR_SYNTAX, "message: %.*s is no id of one", SPAN_ARG(message));
	return httpd_states(httpd_parameter(q, "state"), true, &l->events);
}

/* The number of the latest change, where it is to begin with the next one. */
static WAITS int find_now(struct httpd_request *q, uint64_t *after)
{
	struct queue_own_changes_args a = { .ticket = httpd_ticket(q), .after = *after, .max = 1 };
	struct queue_changes_reply got;
	int r = *after == UINT64_MAX ? queue_own_changes(&a, &q->mem, &got) : 1; /* WAITS */

	if (r == 0)
		*after = got.seq;
	return r;
}

/* The session listens from now on. */
static WAITS int listen_from(struct httpd_request *q, struct listening *l, uint64_t after)
{
	int r = find_now(q, &after); /* WAITS */

	if (r >= 0)
		r = hub_enter(&l->hub, q->s, after);
	if (r < 0) {
		free(l);
		return httpd_problem_of(q, r); /* WAITS */
	}
	l->other = (struct httpd_other){ go_on, end };
	q->s->other = &l->other;
	l->beat_at = clock_add(loop_now_at(), BEAT_MS);
	return begin(q); /* WAITS */
}

WAITS int httpd_events(struct httpd_request *q)
{
	struct listening *l = calloc(1, sizeof *l);
	uint64_t after;
	int r = l ? read_place(q, l, &after) : ERR_NO_MEMORY;

	if (r >= 0 && q->head.method != HTTP_HEAD)
		return listen_from(q, l, after); /* WAITS */
	free(l);
	return r < 0 ? httpd_problem_of(q, r)                                         /* WAITS */
	             : httpd_answer(q, 200, "text/event-stream", SPAN(""), SPAN("")); /* WAITS */
}
