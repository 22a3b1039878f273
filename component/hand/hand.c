/* component/hand/hand.c - see hand.h.
 *
 * The calls are those of controld: send, then changes, each of which the server answers at the
 * latest after the time that it is given.
 */
#include "component/hand/hand.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "component/hand/line.h"
#include "component/hand/talk.h"
#include "component/hand/told.h"

enum {
	BATCH_MAX = 1000,    /* recipients; smtp.rcpt_max, as it stands without a setting */
	LOOK_MS = 20 * 1000, /* one question for changes */
	REQUEST_MAX = 4096,
};

enum hand_state { HAND_OPENS, HAND_GIVES, HAND_WATCHES };

struct hand {
	struct list list; /* in sending.hands */
	struct told told;
	struct poller_wait wait;
	struct talk talk;
	enum hand_state state;
	int64_t seq;
};

/* ---- what is asked -------------------------------------------------------------------- */

static int put_request(struct hand *h, const struct buf *line)
{
	buf_put(&h->talk.out, buf_span(line));
	return buf_putc(&h->talk.out, '\n');
}

static int ask_to_send(struct hand *h)
{
	const struct mail_made *mail = h->told.sending->mail;
	AUTO_BUF to = BUF(SIZE_MAX / 4), line = BUF(REQUEST_MAX);
	struct json j = JSON(&line);
	uint64_t size;
	int r = mail_reader_size(mail, &size);

	if (r < 0) {
		sending_break(h->told.sending, err_str(r));
		return r;
	}
	for (size_t i = 0; i < h->told.n_rows; i++) {
		buf_put(&to, h->told.sending->addresses[h->told.rows[i]]);
		buf_putc(&to, '\n');
	}
	json_begin_object(&j);
	json_member_span(&j, "call", SPAN("send"));
	json_key(&j, "from");
	json_span(&j, mail->return_path);
	json_member_int(&j, "to_size", (int64_t)to.n);
	json_member_bool(&j, "smtputf8", mail->smtputf8);
	json_member_int(&j, "size", (int64_t)size);
	json_end_object(&j);
	put_request(h, &line);
	r = buf_put(&h->talk.out, buf_span(&to));
	talk_put_text(&h->talk, mail);
	return to.err < 0 ? to.err : line.err < 0 ? line.err : r;
}

static int ask_for_changes(struct hand *h)
{
	AUTO_BUF line = BUF(REQUEST_MAX);
	struct json j = JSON(&line);
	int64_t left = h->told.sending->until_at - clock_now_at();

	json_begin_object(&j);
	json_member_span(&j, "call", SPAN("changes"));
	json_member_span(&j, "message", h->told.id);
	json_member_int(&j, "after", h->seq);
	json_member_int(&j, "wait", left < 0 ? 0 : left < LOOK_MS ? left : LOOK_MS);
	json_end_object(&j);
	return line.err < 0 ? line.err : put_request(h, &line);
}

/* ---- what is answered ------------------------------------------------------------------ */

static int take_refusal(struct hand *h, struct span line)
{
	struct hand_change c;
	int r = hand_refusal_read(line, &h->told.mem, &c);

	if (r < 0)
		return r;
	if (h->told.id.n)
		told_left(&h->told, SMTP_CLASS_LOCAL_TROUBLE);
	else
		told_rest(&h->told, &c);
	return 0;
}

/* The end of an answer. */
static int take_end(struct hand *h, struct span line)
{
	struct span seq, id;
	uint64_t number, message;
	int r = line_get(line, "seq", &h->told.mem, &seq);

	if (r >= 0)
		r = span_to_u64(seq, INT64_MAX, &number);
	if (r < 0)
		return r;
	h->seq = (int64_t)number;
	if (h->state == HAND_GIVES) {
		r = line_get(line, "message", &h->told.mem, &id);
		if (r >= 0)
			r = id_parse(id, &message);
		if (r >= 0)
			r = arena_copy(&h->told.mem, id, &h->told.id);
		if (r < 0)
			return r;
		h->told.sending->result->id = message;
		h->state = HAND_WATCHES;
	} else if (!h->told.n_left || told_is_over(&h->told)) {
		told_finish(&h->told);
	}
	return h->told.done ? 0 : ask_for_changes(h);
}

static int take_line(struct hand *h, struct span line)
{
	struct span ok;
	int r = line_get(line, "ok", &h->told.mem, &ok);

	if (r < 0)
		return err(ERR_SYNTAX, "the server's answer is none that we know");
	if (span_eq(ok, SPAN("false")))
		return take_refusal(h, line);
	return ok.n ? take_end(h, line) : told_take(&h->told, line);
}

/* ---- the loop -------------------------------------------------------------------------- */

static void advance(struct hand *h);

static void on_socket(void *arg, short happened)
{
	struct hand *h = arg;
	int r = 0;

	if (h->state == HAND_OPENS && happened) {
		h->state = HAND_GIVES;
		r = link_opened(&h->talk.link);
	}
	if (r < 0)
		told_fail(&h->told, SMTP_CLASS_CONNECT_FAILED, err_str(r));
	advance(h);
}

static void wait_for(struct hand *h, short events)
{
	h->wait.fn = on_socket;
	h->wait.arg = h;
	poller_wait(&h->told.sending->client->poller, &h->wait, h->talk.link.fd, events,
	            h->told.sending->until_at);
}

/* What can be done without waiting. */
static int step(struct hand *h)
{
	struct span line;
	int r = talk_write(&h->talk);

	if (r == ERR_AGAIN)
		wait_for(h, POLLOUT);
	if (r == ERR_CLOSED || r == ERR_NET) /* it may have said why */
		r = 0;
	else if (r < 0 && r != ERR_AGAIN)
		sending_break(h->told.sending, err_str(r));
	h->told.given |= r >= 0;
	if (r < 0)
		return r;
	r = talk_read(&h->talk, &line);
	if (r == ERR_AGAIN)
		wait_for(h, POLLIN);
	return r < 0 ? r : take_line(h, line);
}

static void finish(struct hand *h)
{
	poller_forget(&h->wait);
	list_remove(&h->list);
	talk_close(&h->talk);
	told_end(&h->told);
	free(h);
}

static void turn(struct hand *h)
{
	bool ended = h->told.sending->ended;
	int r = 0;

	if (clock_now_at() >= h->told.sending->until_at && !h->told.done) {
		told_give_up(&h->told, ended ? SMTP_CLASS_CANCELLED : SMTP_CLASS_TIME_LIMIT,
		             ended ? "the program ended the send"
		                   : smtp_cause_text(SMTP_CAUSE_TIME));
		return;
	}
	if (h->state == HAND_OPENS && !h->told.done) {
		wait_for(h, POLLOUT);
		return;
	}
	while (r >= 0 && !h->told.done)
		r = step(h);
	if (r == ERR_AGAIN || h->told.done)
		return;
	told_give_up(&h->told,
	             r == ERR_CLOSED || r == ERR_NET ? SMTP_CLASS_DROPPED
	                                             : SMTP_CLASS_LOCAL_TROUBLE,
	             err_str(r));
}

static void advance(struct hand *h)
{
	turn(h);
	if (h->told.done)
		finish(h);
}

static int open_hand(struct hand *h)
{
	int r = talk_open(&h->talk, h->told.sending->route.to.relay);

	return r < 0 ? r : ask_to_send(h);
}

void hand_begin(struct sending *s, struct sending_group *g)
{
	struct hand *h = calloc(1, sizeof *h);
	int r;

	if (!h) {
		told_no_memory(s, g, BATCH_MAX);
		return;
	}
	h->talk.link.fd = -1;
	list_push_back(&s->hands, &h->list);
	s->n_attempts++;
	r = told_begin(&h->told, s, g, BATCH_MAX);
	if (r >= 0)
		r = open_hand(h);
	if (r < 0 && h->told.decided)
		told_fail(&h->told,
		          r == ERR_NET || r == ERR_UNAVAILABLE ? SMTP_CLASS_CONNECT_FAILED
		                                               : SMTP_CLASS_LOCAL_TROUBLE,
		          r == ERR_NET ? arena_printf(&h->told.mem,
		                                      "the server does not answer at %.*s: %s; is "
		                                      "it running (postrider serve)?",
		                                      SPAN_ARG(s->route.to.relay), err_str(r))
		                       : err_str(r));
	else if (r < 0) {
		sending_no_memory(s, h->told.rows, h->told.n_rows);
		h->told.done = true;
	}
	advance(h);
}

void hands_stop(struct sending *s)
{
	struct hand *h;

	s->until_at = 0;
	while ((h = LIST_FIRST(&s->hands, struct hand, list)))
		advance(h);
}
