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
#include "component/hand/tell.h"
#include "component/meaning.h"

enum {
	BATCH_MAX = 1000,    /* recipients; smtp.rcpt_max, as it stands without a setting */
	LOOK_MS = 20 * 1000, /* one question for changes */
	REQUEST_MAX = 4096,
	RECIPIENTS_MAX = 100 * 1000, /* of one message, lists taken apart */
};

enum hand_state { HAND_OPENS, HAND_GIVES, HAND_WATCHES };

enum { SEEN = 1, ENDED = 2 };

struct hand {
	struct list list; /* in sending.hands */
	struct sending *sending;
	struct sending_group *group;
	const uint32_t *rows;
	size_t n_rows, n_left;
	struct arena mem;
	struct poller_wait wait;
	struct talk talk;
	enum hand_state state;
	struct span id; /* of the server's message; empty: it may not have it */
	int64_t seq, began_at;
	bool *decided;
	struct buf recipients; /* of the server's message: how far each is */
	size_t n_seen, n_ended;
	struct hand_change other; /* the worst of those whom an address of ours leads to */
	bool given, done;         /* given: all was written */
};

/* ---- rows ------------------------------------------------------------------------------ */

static void decide(struct hand *h, size_t i, const struct hand_change *c)
{
	struct result_told told = c->told;

	if (h->decided[i])
		return;
	h->decided[i] = true;
	h->n_left--;
	if (!told.elapsed_ms)
		told.elapsed_ms = clock_now_at() - h->began_at;
	sending_told(h->sending, h->rows[i], &told, c->text);
}

static void decide_rest(struct hand *h, const struct hand_change *c)
{
	for (size_t i = 0; i < h->n_rows; i++)
		decide(h, i, c);
	h->done = true;
}

static struct hand_change ours(struct hand *h, enum smtp_class class, const char *text)
{
	struct hand_change c = {
		.text = text ? span_str(text) : (struct span){ 0 },
		.told = { .state = RECIPIENT_DEFERRED,
		          .class = (uint8_t) class,
		          .time_ms = clock_wall_time_ms(),
		          .host = "",
		          .address = "",
		          .tls_version = "",
		          .tls_policy = "",
		          .enhanced = "" },
	};
	const char *meaning = arena_str(
	        &h->mem, component_meaning((struct smtp_verdict){ .class = class }, &h->mem));

	c.told.meaning = meaning ? meaning : "";
	return c;
}

/* It was not handed over, as far as we know. */
static void fail(struct hand *h, enum smtp_class class, const char *why)
{
	struct hand_change c = ours(h, class, why);

	if (h->given)
		c.told.meaning = "It is not known whether the server has the message: look there "
		                 "(postrider queue list, postrider changes) before it is sent "
		                 "again.";
	decide_rest(h, &c);
}

/* It was handed over: who waits no longer has nothing to do. */
static void leave_to_server(struct hand *h, enum smtp_class class)
{
	struct hand_change c = ours(
	        h, class,
	        arena_printf(&h->mem, "the server has it as message %.*s, and goes on by itself",
	                     SPAN_ARG(h->id)));

	c.told.meaning = "The server has the message and keeps trying by itself: do not send it "
	                 "again. postrider status tells how far it is.";
	decide_rest(h, &c);
}

/* No more is to come: by the program's word, for want of time, or since the server is gone. */
static void give_up(struct hand *h, enum smtp_class class, const char *why)
{
	if (h->id.n)
		leave_to_server(h, class);
	else
		fail(h, class, why);
}

/* ---- what is asked -------------------------------------------------------------------- */

static int put_request(struct hand *h, const struct buf *line)
{
	buf_put(&h->talk.out, buf_span(line));
	return buf_putc(&h->talk.out, '\n');
}

/* Servers are told how long the text is before it comes. */
static int size_of(const struct mail_made *mail, uint64_t *out)
{
	struct mail_reader reader;
	AUTO_BUF room = BUF(1 << 20);
	struct span piece;
	int r = 0;

	*out = mail->size;
	if (mail->size)
		return 0;
	mail_reader_init(&reader, mail);
	while (r >= 0 && !mail_reader_is_at_end(&reader)) {
		r = mail_reader_next(&reader, 64 << 10, &room, &piece);
		if (r >= 0)
			*out += piece.n;
	}
	mail_reader_fini(&reader);
	return r;
}

static int ask_to_send(struct hand *h)
{
	const struct mail_made *mail = h->sending->mail;
	AUTO_BUF to = BUF(SIZE_MAX / 4), line = BUF(REQUEST_MAX);
	struct json j = JSON(&line);
	uint64_t size;
	int r = size_of(mail, &size);

	if (r < 0) {
		sending_break(h->sending, err_str(r));
		return r;
	}
	for (size_t i = 0; i < h->n_rows; i++) {
		buf_put(&to, h->sending->addresses[h->rows[i]]);
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
	int64_t left = h->sending->until_at - clock_now_at();

	json_begin_object(&j);
	json_member_span(&j, "call", SPAN("changes"));
	json_member_span(&j, "message", h->id);
	json_member_int(&j, "after", h->seq);
	json_member_int(&j, "wait", left < 0 ? 0 : left < LOOK_MS ? left : LOOK_MS);
	json_end_object(&j);
	return line.err < 0 ? line.err : put_request(h, &line);
}

/* ---- what is answered ------------------------------------------------------------------ */

static ptrdiff_t row_of(const struct hand *h, const struct hand_change *c)
{
	const struct span *addresses = h->sending->addresses;

	if (c->recipient < h->n_rows &&
	    span_eq_nocase(addresses[h->rows[c->recipient]], c->address))
		return (ptrdiff_t)c->recipient;
	for (size_t i = 0; i < h->n_rows; i++)
		if (span_eq_nocase(addresses[h->rows[i]], c->address))
			return (ptrdiff_t)i;
	return -1;
}

static int note_recipient(struct hand *h, const struct hand_change *c)
{
	char *how;

	if (c->recipient >= RECIPIENTS_MAX)
		return err(ERR_SYNTAX, "the server tells of more recipients than there can be");
	while (h->recipients.n <= c->recipient)
		if (buf_putc(&h->recipients, 0) < 0)
			return ERR_NO_MEMORY;
	how = &h->recipients.p[c->recipient];
	h->n_seen += !(*how & SEEN);
	h->n_ended += c->ended && !(*how & ENDED);
	*how = (char)(*how | SEEN | (c->ended ? ENDED : 0));
	return 0;
}

/* An address of ours may lead to others, whose rows are none of ours. */
static void keep_other(struct hand *h, const struct hand_change *c)
{
	if (!h->other.ended || hand_change_is_worse(&c->told, &h->other.told))
		h->other = *c; /* in mem, as c */
}

static int take_change(struct hand *h, struct span line)
{
	struct hand_change c;
	struct span kept;
	ptrdiff_t i;
	int r = arena_copy(&h->mem, line, &kept);

	if (r >= 0)
		r = hand_change_read(kept, &h->mem, &c);
	if (r >= 0)
		r = note_recipient(h, &c);
	if (r < 0 || !c.ended)
		return r;
	i = row_of(h, &c);
	if (i < 0)
		keep_other(h, &c);
	else
		decide(h, (size_t)i, &c);
	return 0;
}

static int take_refusal(struct hand *h, struct span line)
{
	struct hand_change c;
	int r = hand_refusal_read(line, &h->mem, &c);

	if (r < 0)
		return r;
	if (h->id.n)
		leave_to_server(h, SMTP_CLASS_LOCAL_TROUBLE);
	else
		decide_rest(h, &c);
	return 0;
}

/* The end of an answer. */
static int take_end(struct hand *h, struct span line)
{
	struct span seq, id;
	uint64_t number, message;
	int r = line_get(line, "seq", &h->mem, &seq);

	if (r >= 0)
		r = span_to_u64(seq, INT64_MAX, &number);
	if (r < 0)
		return r;
	h->seq = (int64_t)number;
	if (h->state == HAND_GIVES) {
		r = line_get(line, "message", &h->mem, &id);
		if (r >= 0)
			r = id_parse(id, &message);
		if (r >= 0)
			r = arena_copy(&h->mem, id, &h->id);
		if (r < 0)
			return r;
		h->sending->result->id = message;
		h->state = HAND_WATCHES;
	} else if (!h->n_left) {
		h->done = true;
	} else if (h->n_seen && h->n_ended == h->n_seen) {
		if (h->other.ended)
			decide_rest(h, &h->other);
		else
			leave_to_server(h, SMTP_CLASS_TIMED_OUT);
	}
	return h->done ? 0 : ask_for_changes(h);
}

static int take_line(struct hand *h, struct span line)
{
	struct span ok;
	int r = line_get(line, "ok", &h->mem, &ok);

	if (r < 0)
		return err(ERR_SYNTAX, "the server's answer is none that we know");
	if (span_eq(ok, SPAN("false")))
		return take_refusal(h, line);
	return ok.n ? take_end(h, line) : take_change(h, line);
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
		fail(h, SMTP_CLASS_CONNECT_FAILED, err_str(r));
	advance(h);
}

static void wait_for(struct hand *h, short events)
{
	h->wait.fn = on_socket;
	h->wait.arg = h;
	poller_wait(&h->sending->client->poller, &h->wait, h->talk.link.fd, events,
	            h->sending->until_at);
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
		sending_break(h->sending, err_str(r));
	h->given |= r >= 0;
	if (r < 0)
		return r;
	r = talk_read(&h->talk, &line);
	if (r == ERR_AGAIN)
		wait_for(h, POLLIN);
	return r < 0 ? r : take_line(h, line);
}

static void finish(struct hand *h)
{
	struct sending *s = h->sending;

	poller_forget(&h->wait);
	if (h->group->taken < h->group->n)
		list_push_back(&s->waiting, &h->group->list);
	list_remove(&h->list);
	s->n_attempts--;
	talk_close(&h->talk);
	buf_fini(&h->recipients);
	arena_fini(&h->mem);
	free(h);
}

static void turn(struct hand *h)
{
	bool ended = h->sending->ended;
	int r = 0;

	if (clock_now_at() >= h->sending->until_at && !h->done) {
		give_up(h, ended ? SMTP_CLASS_CANCELLED : SMTP_CLASS_TIME_LIMIT,
		        ended ? "the program ended the send" : smtp_cause_text(SMTP_CAUSE_TIME));
		return;
	}
	if (h->state == HAND_OPENS && !h->done) {
		wait_for(h, POLLOUT);
		return;
	}
	while (r >= 0 && !h->done)
		r = step(h);
	if (r == ERR_AGAIN || h->done)
		return;
	give_up(h, r == ERR_CLOSED || r == ERR_NET ? SMTP_CLASS_DROPPED : SMTP_CLASS_LOCAL_TROUBLE,
	        err_str(r));
}

static void advance(struct hand *h)
{
	turn(h);
	if (h->done)
		finish(h);
}

static int open_hand(struct hand *h)
{
	int r;

	h->decided = arena_array(&h->mem, bool, h->n_rows);
	r = h->decided ? talk_open(&h->talk, h->sending->route.to.relay) : ERR_NO_MEMORY;
	if (r < 0)
		return r;
	return ask_to_send(h);
}

void hand_begin(struct sending *s, struct sending_group *g)
{
	struct hand *h = calloc(1, sizeof *h);
	size_t left = g->n - g->taken, n = left > BATCH_MAX ? BATCH_MAX : left;
	int r;

	if (!h) {
		sending_no_memory(s, g->rcpts + g->taken, n);
		g->taken += n;
		if (g->taken < g->n)
			list_push_back(&s->waiting, &g->list);
		return;
	}
	*h = (struct hand){ .sending = s,
		            .group = g,
		            .rows = g->rcpts + g->taken,
		            .n_rows = n,
		            .n_left = n,
		            .mem = { .cap = SIZE_MAX / 2 },
		            .talk = { .link = { .fd = -1 } },
		            .recipients = BUF(RECIPIENTS_MAX),
		            .began_at = clock_now_at() };
	g->taken += n;
	list_push_back(&s->hands, &h->list);
	s->n_attempts++;
	r = open_hand(h);
	if (r < 0 && h->decided)
		fail(h,
		     r == ERR_NET || r == ERR_UNAVAILABLE ? SMTP_CLASS_CONNECT_FAILED
		                                          : SMTP_CLASS_LOCAL_TROUBLE,
		     r == ERR_NET
		             ? arena_printf(&h->mem,
		                            "the server does not answer at %.*s: %s; is it running "
		                            "(postrider serve)?",
		                            SPAN_ARG(s->route.to.relay), err_str(r))
		             : err_str(r));
	else if (r < 0) {
		sending_no_memory(s, h->rows, n);
		h->done = true;
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
