/* controld/send.c - takes a message from this machine's owner and commits it. */
#include "controld/session.h"

#include "calls/ticket.h"
#include "intake/intake.h"

enum { ADDRESS_ROOM = 512 };

/* What has come of the octets that were announced; the caller consumes it. */
static WAITS int next_piece(struct controld_session *s, uint64_t *left, struct span *out)
{
	while (!(*out = span_sub(stream_peek(s->stream), 0, *left)).n) {
		int r = stream_fill(s->stream);
		if (r < 0)
			return r == ERR_CLOSED ? r : ERR_CANCELLED;
	}
	*left -= out->n;
	return 0;
}

WAITS int controld_take_text(struct controld_session *s, struct intake *in, uint64_t left)
{
	struct span piece;
	int r = 0;

	if (s->asked) {
		if (in)
			intake_put(in, s->asked->text);
		return in ? intake_settle(in) : 0; /* WAITS */
	}
	while (left && r >= 0) {
		r = next_piece(s, &left, &piece); /* WAITS */
		if (r < 0)
			return r;
		if (in)
			intake_put(in, piece);
		stream_consume(s->stream, piece.n);
		if (in)
			r = intake_settle(in); /* WAITS */
	}
	return r;
}

static int too_many(const struct controld_session *s)
{
	return err(ERR_LIMIT,
	           "more than %jd recipients; smtp.rcpt_max permits no more in one message",
	           (intmax_t)s->set->smtp_rcpt_max);
}

/* An unknown user here is refused alone: the others get the message. */
static WAITS int add(struct controld_session *s, struct intake *in, struct span address)
{
	struct smtp_path path;
	struct intake_no no;
	int r = smtp_address_split(address, SMTP_PATH_POSTMASTER, &path);

	if (r < 0)
		return err(ERR_SYNTAX, "%.*s is no address", SPAN_ARG(address));
	r = intake_recipient(in, &path, &no); /* WAITS */
	if (r == ERR_REFUSED && no.code == 553)
		return err(ERR_SYNTAX, "%.*s: %s", SPAN_ARG(address), no.text);
	if (r == ERR_REFUSED)
		r = intake_recipient_refused(in, &path, &no);
	if (r == ERR_LIMIT && in->n_rcpts < (size_t)s->set->smtp_rcpt_max)
		return err(r, "the recipients' addresses are too long together; send it in two");
	return r == ERR_LIMIT ? too_many(s) : r;
}

static WAITS int read_envelope(struct controld_session *s, json_t *request, struct span to,
                               struct intake *in)
{
	struct span from = controld_string(request, "from"), address;
	struct smtp_path path;
	struct intake_no no;
	int r;

	if (smtp_address_split(from, SMTP_PATH_NULL, &path) < 0)
		return err(ERR_SYNTAX, "from: %.*s is no address", SPAN_ARG(from));
	r = intake_sender(in, &path, json_is_true(json_object_get(request, "smtputf8")), &no);
	while (r >= 0 && span_split(&to, '\n', &address))
		r = add(s, in, address); /* WAITS */
	if (r >= 0 && !in->n_rcpts)
		return err(ERR_SYNTAX, "to whom?");
	if (r >= 0)
		r = intake_recipients_end(in); /* WAITS */
	if (r >= 0 && in->n_verdicts == in->n_rcpts &&
	    !span_eq(in->verdicts[0].enhanced, SPAN("5.1.1")))
		return err(ERR_REFUSED, "none of the recipients can be sent to; the first: %.*s",
		           SPAN_ARG(in->verdicts[0].text));
	if (r >= 0 && in->n_verdicts == in->n_rcpts)
		return err(ERR_NOT_FOUND,
		           "%.*s: no such user here; nothing was sent; postrider alias add %.*s "
		           "ADDRESS has its mail go to somebody who reads it",
		           SPAN_ARG(in->rcpts[0].address), SPAN_ARG(in->rcpts[0].address));
	return r;
}

/* All the octets that were announced are taken, also after an error: the next request follows. */
static WAITS int read_to(struct controld_session *s, struct buf *to, uint64_t left)
{
	int r = left > to->cap ? too_many(s) : 0;
	struct span in;

	while (left) {
		int got = next_piece(s, &left, &in); /* WAITS */
		if (got < 0)
			return got;
		if (r >= 0)
			r = buf_put(to, in);
		stream_consume(s->stream, in.n);
	}
	return r;
}

static WAITS int answer(struct controld_session *s, const struct queue_submit_reply *done)
{
	AUTO_BUF line = BUF(1024);
	struct json j = JSON(&line);

	json_begin_object(&j);
	json_member_bool(&j, "ok", true);
	json_member_id(&j, "message", done->id);
	json_member_int(&j, "seq", (int64_t)done->seq);
	json_end_object(&j);
	return controld_put_line(s, &line);
}

static WAITS int take(struct controld_session *s, json_t *request, struct intake *in,
                      uint64_t to_left, uint64_t left, struct queue_submit_reply *done)
{
	AUTO_BUF to = BUF((size_t)s->set->smtp_rcpt_max * ADDRESS_ROOM);
	int got, r = read_to(s, &to, to_left); /* WAITS */

	if (r == ERR_CLOSED || r == ERR_CANCELLED)
		return r;
	if (r >= 0 && !json_is_string(json_object_get(request, "from")))
		r = err(ERR_SYNTAX, "from is no text");
	if (r >= 0 && left > (uint64_t)s->set->smtp_size_max)
		r = err(ERR_TOO_BIG, "the message has %ju octets; smtp.size_max permits %jd",
		        (uintmax_t)left, (intmax_t)s->set->smtp_size_max);
	if (r >= 0)
		r = read_envelope(s, request, buf_span(&to), in); /* WAITS */
	got = controld_take_text(s, r < 0 ? NULL : in, left);     /* WAITS */
	if (r < 0 || got < 0)
		return got < 0 ? got : r;
	r = intake_commit(in, done); /* WAITS */
	return r == ERR_REFUSED && in->no.code
	               ? err(in->no.code < 500 ? ERR_UNAVAILABLE : ERR_REFUSED, "%s", in->no.text)
	               : r;
}

/* Whoever of ours it is from does not send to whom he has suppressed. */
static WAITS int find_suppressor(struct controld_session *s, json_t *request, struct span *out)
{
	const struct ticket_operator_args a = { .protocol = TICKET_CONTROL,
		                                .account = controld_string(request, "from") };
	struct ticket_carried got;
	int r = a.account.n ? ticket_operator(&a, &s->mem, &got) : ERR_NOT_FOUND; /* WAITS */

	if (r >= 0)
		*out = got.octets;
	return r == ERR_NOT_FOUND ? 0 : r;
}

WAITS int controld_send(struct controld_session *s, json_t *request)
{
	struct intake_source from = { .kind = INTAKE_OPERATOR,
		                      .may_relay = true,
		                      .answers_each = true,
		                      .client_address = SPAN("local"),
		                      .protocol = SPAN("CONTROL"),
		                      .trace = { .helo = SPAN("localhost"), .ehlo = true } };
	int64_t to_size = controld_number(request, "to_size", -1);
	int64_t size = controld_number(request, "size", -1);
	struct queue_submit_reply done;
	struct intake *in;
	int r;

	if (to_size < 0 || size < 0) {
		s->lost = true;
		return err(ERR_SYNTAX, "to_size or size is no number of octets");
	}
	r = find_suppressor(s, request, &from.suppressor); /* WAITS */
	if (r >= 0)
		r = intake_open(s->set, &from, &in);
	if (r < 0) {
		s->lost = true;
		return r;
	}
	r = take(s, request, in, (uint64_t)to_size, (uint64_t)size, &done); /* WAITS */
	intake_close(in);                                                   /* WAITS */
	return r < 0 ? r : answer(s, &done);
}
