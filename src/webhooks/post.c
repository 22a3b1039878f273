/* webhooks/post.c - one event to one endpoint: signed, posted, and what follows. */
#include <stdarg.h>

#include "base/base64.h"
#include "base/event.h"
#include "base/os.h"
#include "change/change.h"
#include "metrics/metrics.h"
#include "rt/loop.h"
#include "webhooks/webhooks_impl.h"

enum { SIGNATURE_MAX = 256, CALL_MS = 30 * 1000, GONE = 410 };

struct posted {
	const char *kind;
	uint64_t seq;
	int64_t time_ms; /* of what is told */
	struct span id, body;
};

static bool is_taken(uint16_t status)
{
	return status >= 200 && status < 300;
}

static int sign(const struct endpoint *e, const struct webhook_post_args *a, struct buf *out)
{
	struct span secret = span_make(e->def.secret, SIGN_SECRET_BYTES);
	struct span old = span_make(e->def.old_secret, SIGN_SECRET_BYTES);
	int r = sign_put(out, secret, a->id, a->time_s, a->body);

	if (r >= 0 && e->def.old_until_ms > clock_wall_time_ms())
		r = sign_put(out, old, a->id, a->time_s, a->body);
	return r;
}

/* Why it was not taken, where no words of ours say it already. */
static struct span words_of(const struct webhook_post_reply *got, struct arena *mem)
{
	char *words = NULL;

	if (!got->status)
		return got->words;
	if (is_taken(got->status))
		return SPAN("");
	if (got->status >= 300 && got->status < 400)
		words = arena_printf(mem,
		                     "it answered %u, a redirect, which is not followed: give the "
		                     "URL that it leads to",
		                     got->status);
	else
		words = arena_printf(mem, "it answered %u", got->status);
	return span_str(words);
}

static WAITS int post(const struct endpoint *e, const struct posted *p, struct arena *mem,
                      struct attempt *out, int64_t *retry_after_ms)
{
	AUTO_BUF signature = BUF(SIGNATURE_MAX);
	struct webhook_post_args a = { .url = span_str(arena_str(mem, span_str(e->def.url))),
		                       .id = p->id,
		                       .time_s = clock_wall_time_ms() / 1000,
		                       .body = p->body };
	struct webhook_post_reply got;
	int64_t before_at = fibre_deadline();
	int r = a.url.n ? sign(e, &a, &signature) : ERR_NO_MEMORY;

	a.signature = buf_span(&signature);
	fibre_deadline_set(clock_add(loop_now_at(), webhooks.set->http_webhook_time + CALL_MS));
	if (r >= 0)
		r = webhook_post(&a, mem, &got); /* WAITS */
	fibre_deadline_set(before_at);
	if (r < 0)
		return r;
	*out = (struct attempt){ .kind = span_str(p->kind),
		                 .seq = p->seq,
		                 .time_ms = clock_wall_time_ms(),
		                 .webhook_id = p->id,
		                 .status = got.status,
		                 .words = words_of(&got, mem),
		                 .answer = got.answer,
		                 .elapsed_ms = got.elapsed_ms };
	*retry_after_ms = got.retry_after_s < RETRY_AFTER_MAX_MS / 1000 ? got.retry_after_s * 1000
	                                                                : RETRY_AFTER_MAX_MS;
	metrics_add(METRIC_WEBHOOKS, is_taken(got.status) ? METRICS_TAKEN : METRICS_NOT_TAKEN, 0,
	            1);
	metrics_time(METRIC_WEBHOOK_TIME, 0, 0, got.elapsed_ms * 1000);
	return 0;
}

/* ---- what follows ---- */

static void follow_taken(struct endpoint_state *is, const struct posted *p)
{
	is->cursor = p->seq;
	is->cursor_ms = p->time_ms;
	is->failures = 0;
	is->failing_since_ms = is->next_ms = 0;
	metrics_time(METRIC_WEBHOOK_DELAY, 0, 0, (clock_wall_time_ms() - p->time_ms) * 1000);
}

/* The wall clock may have been set: it is as many attempts as fit that time, too. */
static bool is_over(const struct endpoint_state *is, int64_t now_ms)
{
	return now_ms - is->failing_since_ms >= webhooks.rule.expiry_ms &&
	       is->failures >= webhooks.rule.n;
}

static void disable(struct endpoint_state *is, const char *fmt, ...) PRINTF(2, 3);
static void disable(struct endpoint_state *is, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(is->why, sizeof is->why, fmt, ap);
	va_end(ap);
	is->enabled = false;
	is->next_ms = 0;
}

static void follow_failed(const struct endpoint *e, struct endpoint_state *is, struct attempt *a,
                          int64_t retry_after_ms)
{
	int64_t now_ms = a->time_ms;

	is->failures++;
	if (!is->failing_since_ms || is->failing_since_ms > now_ms)
		is->failing_since_ms = now_ms;
	if (a->status == GONE) {
		disable(is, "it answered 410, that it is gone");
		return;
	}
	if (is_over(is, now_ms)) {
		AUTO_BUF since = BUF(64);

		clock_put_rfc3339(&since, is->failing_since_ms);
		disable(is, "it has failed since %s, at last so: %.*s", buf_str(&since),
		        SPAN_ARG(a->words));
		return;
	}
	int64_t wait_ms = retry_wait_ms(&webhooks.rule, is->failures, e->id);
	is->next_ms = a->next_ms =
	        clock_add(now_ms, wait_ms > retry_after_ms ? wait_ms : retry_after_ms);
}

static WAITS void keep(struct endpoint *e, const struct endpoint_state *is, const struct attempt *a)
{
	int r = kept_log(e->id, is, a); /* WAITS */

	if (r < 0)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "what became of a webhook is not written down", err_str(r));
	else if (is)
		e->kept_cursor = is->cursor;
}

/* The same over retries and replays, so that who has it already knows it. */
static struct span id_of(const struct record_change *f, struct arena *mem)
{
	char id[ID_TEXT_LEN + 1];

	id_print(f->message, id);
	return span_str(arena_printf(mem, "%s-%ju", id, (uintmax_t)f->seq));
}

/* What was answered, or not. */
static WAITS void take_answer(struct endpoint *e, const struct posted *p, struct attempt *a,
                              int64_t retry_after_ms, bool same)
{
	bool taken = is_taken(a->status);

	e->lives = taken;
	if (same && taken)
		follow_taken(&e->is, p);
	else if (same)
		follow_failed(e, &e->is, a, retry_after_ms);
	if (same && !taken && e->is.enabled)
		line_wait(e, e->is.next_ms - a->time_ms);
	if (!e->gone)
		keep(e, same ? &e->is : NULL, a); /* WAITS */
	if (same && !e->is.enabled)
		letter_disabled(e); /* WAITS */
}

WAITS int post_change(struct endpoint *e, const struct record_change *f)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF body = BUF(WEBHOOK_BODY_MAX);
	unsigned epoch = e->epoch;
	struct attempt a;
	int64_t retry_after_ms;
	int r = change_json(f, &body);
	const struct posted p = { "change", f->seq, f->time_ms, id_of(f, &mem), buf_span(&body) };

	if (r == ERR_TOO_LONG) {
		post_note(e, "change %ju does not fit a webhook and was passed over",
		          (uintmax_t)f->seq); /* WAITS */
		return 1;
	}
	if (r >= 0)
		r = p.id.n ? post(e, &p, &mem, &a, &retry_after_ms) : ERR_NO_MEMORY; /* WAITS */
	if (r < 0)
		return r;
	take_answer(e, &p, &a, retry_after_ms, e->epoch == epoch && !e->gone); /* WAITS */
	return is_taken(a.status);
}

/* ---- not of the stream ---- */

/* A record that is shaped as all are, of no message. */
static int put_test(struct arena *mem, struct buf *body, struct span *id)
{
	const struct record_change f = { .time_ms = clock_wall_time_ms(),
		                         .address = SPAN("delivered@postrider.test"),
		                         .return_path = SPAN("test@postrider.test"),
		                         .state = RECIPIENT_DELIVERED,
		                         .attempt = 1,
		                         .text = SPAN("this is a test of a webhook"),
		                         .class = SMTP_CLASS_DELIVERED,
		                         .meaning = SPAN("A test: there is no such message.") };
	uint64_t noise;

	os_random(&noise, sizeof noise);
	*id = span_str(arena_printf(mem, "test-%016jx", (uintmax_t)noise));
	return id->n ? change_json(&f, body) : ERR_NO_MEMORY;
}

WAITS int post_test(struct endpoint *e, struct arena *mem, struct attempt *out)
{
	AUTO_BUF body = BUF(WEBHOOK_BODY_MAX);
	struct posted p = { .kind = "test" };
	int64_t retry_after_ms;
	int r = put_test(mem, &body, &p.id);

	p.body = buf_span(&body);
	if (r >= 0)
		r = post(e, &p, mem, out, &retry_after_ms); /* WAITS */
	if (r < 0 || orders_enter() < 0)                    /* WAITS */
		return r;
	if (!e->gone && webhooks.open)
		keep(e, NULL, out); /* WAITS */
	orders_leave();
	return r;
}

WAITS void post_note(struct endpoint *e, const char *fmt, ...)
{
	AUTO_BUF words = BUF(1024);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&words, fmt, ap);
	va_end(ap);
	const struct attempt a = { .kind = SPAN("note"),
		                   .time_ms = clock_wall_time_ms(),
		                   .words = buf_span(&words) };
	keep(e, NULL, &a); /* WAITS */
}
