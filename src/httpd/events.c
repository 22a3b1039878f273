/* httpd/events.c - GET /v1/events: each change of what an account sent, as it comes.
 *
 * Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 */
#include "httpd/records.h"

#include "base/base64.h"
#include "rt/loop.h"
#include "wire/http/reply.h"

enum { PAGE = 200, ASK_MS = 10 * 1000 };

static struct {
	bool stopping;
} self;

void httpd_stop(void)
{
	self.stopping = true;
}

struct listening {
	struct httpd_request *q;
	uint64_t after; /* the change that was told last */
	uint64_t message;
	uint32_t states; /* a bit each; 0: any */
};

static WAITS int begin(struct httpd_request *q)
{
	AUTO_BUF head = BUF(4096);

	q->answered = true;
	q->status = 200;
	q->closes = true;
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

static WAITS int tell(struct listening *l, const struct record_change *f)
{
	AUTO_BUF event = BUF(64 << 10);

	l->after = f->seq;
	if (l->states && !(l->states & 1u << f->state))
		return 0;
	buf_printf(&event, "id: %ju\nevent: %s\ndata: ", (uintmax_t)f->seq,
	           recipient_state_name(f->state));
	int r = change_json(f, &event);
	buf_puts(&event, "\n\n");
	return r < 0 || event.err ? ERR_NO_MEMORY
	                          : stream_put(l->q->s->stream, buf_span(&event)); /* WAITS */
}

/* One page; a beat, when there was none for long, shows whether somebody is there still. */
static WAITS int follow(struct listening *l)
{
	struct httpd_request *q = l->q;
	AUTO_ARENA mem = { 0 };
	struct queue_own_changes_args a = { .ticket = httpd_ticket(q),
		                            .after = l->after,
		                            .message = l->message,
		                            .max = PAGE,
		                            .wait_ms = ASK_MS };
	struct queue_changes_reply got;

	fibre_deadline_set(clock_add(loop_now_at(), HTTPD_WORK_MS));
	int r = login_renew(&q->s->key.login); /* WAITS */
	if (r >= 0)
		r = queue_own_changes(&a, &mem, &got); /* WAITS */
	for (size_t i = 0; r >= 0 && i < got.n_records; i++)
		r = tell(l, &got.records[i]); /* WAITS */
	if (r < 0)
		return r;
	l->after = got.seq;
	if (!got.n_records)
		r = stream_put(q->s->stream, SPAN(": still here\n\n")); /* WAITS */
	return r < 0 ? r : stream_flush(q->s->stream);                  /* WAITS */
}

/* Last-Event-ID, as a browser sends it when it comes again; or ?after=. */
static int read_place(struct httpd_request *q, struct listening *l)
{
	struct span last = http_field(&q->head, "Last-Event-ID"), message;

	l->after = UINT64_MAX; /* from now on */
	if (!last.n)
		last = httpd_parameter(q, "after");
	if (last.n && span_to_u64(last, INT64_MAX, &l->after) < 0)
		return err(ERR_SYNTAX, "Last-Event-ID: %.*s is no number of a change",
		           SPAN_ARG(last));
	message = httpd_parameter(q, "message");
	if (message.n && id_parse(message, &l->message) < 0)
		return err(ERR_SYNTAX, "message: %.*s is no id of one", SPAN_ARG(message));
	return httpd_states(httpd_parameter(q, "state"), &l->states);
}

WAITS int httpd_events(struct httpd_request *q)
{
	struct listening l = { .q = q };
	int r = read_place(q, &l);

	if (r < 0)
		return httpd_problem_of(q, r); /* WAITS */
	if (q->head.method == HTTP_HEAD)
		return httpd_answer(q, 200, "text/event-stream", SPAN(""), SPAN("")); /* WAITS */
	r = begin(q);                                                                 /* WAITS */
	while (r >= 0 && !self.stopping)
		r = follow(&l); /* WAITS */
	return r < 0 ? r : ERR_CLOSED;
}
