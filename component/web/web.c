/* component/web/web.c - see web.h. */
#include "component/web/web.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/os.h"
#include "component/hand/line.h"
#include "component/hand/told.h"
#include "component/web/call.h"

enum {
	BATCH_MAX = 500, /* recipients: of their records an answer tells all */
	FIRST_MS = 2000, /* an answer is waited for, and then */
	LOOK_MS = 5000,
	AGAIN_MS = 1000, /* before a request is sent again */
	TRIES = 3,
	ONCE_OCTETS = 16,
};

struct web {
	struct list list; /* in sending.webs */
	struct told told;
	struct call call;
	char once[2 * ONCE_OCTETS + 1];
	unsigned tries; /* requests that came to no answer, one after the other */
	bool turning, again;
};

/* ---- what is asked ---------------------------------------------------------------------- */

static int ask(struct web *w)
{
	const struct sending *s = w->told.sending;
	const struct web_target to = { .host = s->route.to.relay,
		                       .key = s->route.to.user,
		                       .port = s->route.to.port,
		                       .once = w->once };
	int64_t left = s->until_at - clock_now_at(), wait_ms = w->told.id.n ? LOOK_MS : FIRST_MS;
	int r;

	/* So that the answer comes before the time is over, from a busy server too. */
	if (left / 4 < wait_ms)
		wait_ms = left > 0 ? left / 4 : 0;
	r = w->told.id.n ? web_request_get(&w->call.request, &to, w->told.id, wait_ms)
	                 : web_request_post(&w->call.request, &to, s->mail, s->addresses,
	                                    w->told.rows, w->told.n_rows, wait_ms);
	if (r >= 0)
		call_begin(&w->call, s->until_at);
	return r;
}

/* ---- what is answered ------------------------------------------------------------------- */

/* The server's own words, of a problem document (RFC 9457). */
static const char *words_of(struct web *w)
{
	const struct web_answer *a = &w->call.answer;
	struct span detail = { 0 };

	if (line_get(buf_span(&a->body), "detail", &w->told.mem, &detail) < 0 || !detail.n)
		return arena_printf(&w->told.mem, "the web server answered %d", a->status);
	return arena_str(&w->told.mem, detail);
}

/* It does not take the message, this time or ever. */
static void refuse(struct web *w, enum smtp_class class, bool for_good, const char *meaning)
{
	const char *words = words_of(w);
	struct hand_change c = told_ours(&w->told, class, words ? words : "out of memory");

	if (for_good)
		c.told.state = RECIPIENT_REFUSED;
	if (meaning)
		c.told.meaning = meaning;
	told_rest(&w->told, &c);
}

static void tell_of_rate(struct web *w)
{
	unsigned s = w->call.answer.retry_after_s;

	refuse(w, SMTP_CLASS_RATE_LIMITED, false,
	       s ? arena_printf(&w->told.mem,
	                        "The server takes no more from this key now. Nothing was sent: "
	                        "send it again in %u seconds or later.",
	                        s)
	         : NULL);
}

static void take_refusal(struct web *w)
{
	static const char no[] = "The server does not take the message: its words say why. "
	                         "Nothing was sent to this recipient.";

	switch (w->call.answer.status) {
	case 401:
	case 403:
		refuse(w, SMTP_CLASS_LOGIN_FAILED, false,
		       "The server does not let this key send, and nothing was sent: check the key "
		       "in https://KEY@host (postrider key list tells which there are, postrider "
		       "key new makes one), then send it again.");
		return;
	case 400:
	case 422: refuse(w, SMTP_CLASS_REFUSED, true, no); return;
	case 413: refuse(w, SMTP_CLASS_TOO_BIG, true, no); return;
	case 429: tell_of_rate(w); return;
	case 408:
	case 500:
	case 502:
	case 503:
	case 504: refuse(w, SMTP_CLASS_REMOTE_TROUBLE, false, NULL); return;
	default:
		refuse(w, SMTP_CLASS_PROTOCOL_ERROR, false,
		       "What answers there has no /v1/messages of Postrider's, and nothing was "
		       "sent: check host and port in https://KEY@host, and that the server has "
		       "listen.https.");
	}
}

/* The id, with its quotes. */
static int take_id(struct web *w, struct span body)
{
	struct span id;
	uint64_t number;
	int r = web_member(body, "id", &id);

	if (r >= 0)
		r = id_parse(span_sub(id, 1, id.n > 2 ? id.n - 2 : 0), &number);
	if (r >= 0)
		r = arena_copy(&w->told.mem, span_sub(id, 1, id.n - 2), &w->told.id);
	if (r >= 0)
		w->told.sending->result->id = number;
	return r;
}

static int take_records(struct web *w)
{
	struct span body = buf_span(&w->call.answer.body), records, one;
	int r = w->told.id.n ? 0 : take_id(w, body);

	if (r >= 0)
		r = web_member(body, "recipients", &records);
	while (r >= 0 && !w->told.done && (r = web_element(&records, &one)) == 1)
		r = told_take(&w->told, one);
	return r;
}

/* 0: there is more to ask. */
static int take_answer(struct web *w)
{
	const struct web_answer *a = &w->call.answer;
	bool committed = a->status == 200 || a->status == 202;
	int r = 0;

	w->tries = 0;
	if (committed)
		r = take_records(w);
	else if (w->told.id.n)
		told_left(&w->told, SMTP_CLASS_REMOTE_TROUBLE);
	else if (a->status == 409)
		return ERR_AGAIN;
	else
		take_refusal(w);
	if (r >= 0 && committed && (a->status == 200 || !w->told.n_left || told_is_over(&w->told)))
		told_finish(&w->told);
	if (a->closes)
		call_drop(&w->call);
	return r;
}

/* ---- what goes wrong -------------------------------------------------------------------- */

static const char *at(struct web *w, const char *what, int r)
{
	const struct deliver_to *to = &w->told.sending->route.to;

	return arena_printf(&w->told.mem, "%s https://%.*s:%u: %s", what, SPAN_ARG(to->relay),
	                    to->port, err_str(r));
}

static void end_late(struct web *w)
{
	const struct sending *s = w->told.sending;

	w->told.given = w->told.given || w->call.written;
	if (clock_now_at() < s->until_at) {
		told_give_up(&w->told, SMTP_CLASS_TIMED_OUT, smtp_cause_text(SMTP_CAUSE_TIMEOUT));
		return;
	}
	told_give_up(&w->told, s->ended ? SMTP_CLASS_CANCELLED : SMTP_CLASS_TIME_LIMIT,
	             s->ended ? "the program ended the send" : smtp_cause_text(SMTP_CAUSE_TIME));
}

/* The same request again, by the same name, is the same message. */
static bool tries_again(struct web *w)
{
	call_drop(&w->call);
	w->again = ++w->tries < TRIES && clock_now_at() < w->told.sending->until_at;
	if (w->again)
		call_rest(&w->call, AGAIN_MS);
	return w->again;
}

static void end_badly(struct web *w, enum call_end end, int r)
{
	w->told.given = w->told.given || w->call.written;
	switch (end) {
	case CALL_UNFOUND:
		told_give_up(&w->told, SMTP_CLASS_DNS_FAILED, at(w, "there is no address for", r));
		return;
	case CALL_UNSECURED:
		told_give_up(&w->told, SMTP_CLASS_TLS_FAILED, at(w, "TLS with", r));
		return;
	case CALL_UNREADABLE:
		if (!w->told.id.n)
			sending_break(w->told.sending, err_str(r));
		told_give_up(&w->told, SMTP_CLASS_LOCAL_TROUBLE, err_str(r));
		return;
	case CALL_LATE: end_late(w); return;
	case CALL_UNOPENED:
		if (w->tries || w->told.id.n)
			break;
		told_give_up(&w->told, SMTP_CLASS_CONNECT_FAILED,
		             at(w, "the server does not answer at", r));
		return;
	default: break;
	}
	if (tries_again(w))
		return;
	told_give_up(&w->told, w->told.given ? SMTP_CLASS_MAY_HAVE_ARRIVED : SMTP_CLASS_DROPPED,
	             at(w, "the connection broke to", r));
}

/* ---- the loop --------------------------------------------------------------------------- */

static void finish(struct web *w)
{
	list_remove(&w->list);
	call_fini(&w->call);
	told_end(&w->told);
	free(w);
}

static void ask_next(struct web *w)
{
	int r = ask(w);

	if (r >= 0)
		return;
	if (!w->told.id.n)
		sending_break(w->told.sending, err_str(r));
	told_give_up(&w->told, SMTP_CLASS_LOCAL_TROUBLE, err_str(r));
}

static void turn(struct web *w)
{
	int r;

	if (clock_now_at() >= w->told.sending->until_at) {
		end_late(w);
		return;
	}
	if (w->again) {
		w->again = false;
		ask_next(w);
	}
	while (!w->told.done) {
		enum call_end end = call_turn(&w->call, &r);

		if (end == CALL_GOES_ON)
			return;
		if (end != CALL_ANSWERED) {
			end_badly(w, end, r);
			return;
		}
		r = take_answer(w);
		if (r == ERR_AGAIN) {
			(void)tries_again(w);
			w->tries = 0;
			return;
		}
		if (r < 0)
			told_give_up(&w->told, SMTP_CLASS_PROTOCOL_ERROR,
			             at(w, "the answer of", r));
		if (!w->told.done)
			ask_next(w);
	}
}

/* An answer of DNS may come at once, within a turn. */
static void advance(void *arg)
{
	struct web *w = arg;

	if (w->turning)
		return;
	w->turning = true;
	turn(w);
	w->turning = false;
	if (w->told.done)
		finish(w);
}

static void begin(struct web *w)
{
	struct sending *s = w->told.sending;
	unsigned char noise[ONCE_OCTETS];

	os_random(noise, sizeof noise);
	for (size_t i = 0; i < sizeof noise; i++)
		snprintf(w->once + 2 * i, 3, "%02x", noise[i]);
	w->call.client = s->client;
	w->call.route = &s->route;
	w->call.mem = &w->told.mem;
	w->call.until_at = s->until_at;
	w->call.fn = advance;
	w->call.arg = w;
	if (!s->mail->return_path.n) {
		struct hand_change c = told_ours(&w->told, SMTP_CLASS_REFUSED,
		                                 "by https:// a mail needs a sender: give from");

		c.told.state = RECIPIENT_REFUSED;
		told_rest(&w->told, &c);
		return;
	}
	ask_next(w);
}

void web_begin(struct sending *s, struct sending_group *g)
{
	struct web *w = calloc(1, sizeof *w);

	if (!w) {
		told_no_memory(s, g, BATCH_MAX);
		return;
	}
	call_init(&w->call);
	list_push_back(&s->webs, &w->list);
	s->n_attempts++;
	if (told_begin(&w->told, s, g, BATCH_MAX) >= 0) {
		begin(w);
	} else {
		sending_no_memory(s, w->told.rows, w->told.n_rows);
		w->told.done = true;
	}
	advance(w);
}

void webs_stop(struct sending *s)
{
	struct web *w;

	s->until_at = 0;
	while ((w = LIST_FIRST(&s->webs, struct web, list)))
		advance(w);
}
