/* inspect/milter.c - see milter.h.  One connection a message and filter. */
#include "inspect/milter.h"

#include <stdio.h>

#include "inspect/rewrite.h"
#include "rt/stream/stream.h"
#include "wire/authres/authres.h"
#include "wire/message/header.h"
#include "wire/milter/milter.h"

enum {
	PACKET_BYTES_MAX = 1 << 20,
	HEADER_BYTES_MAX = 1 << 20,
	REPLIES_MAX = 10000, /* of one message, progress among them */
	OFFERED_ACTIONS = MILTER_ADD_HEADERS | MILTER_CHANGE_HEADERS | MILTER_QUARANTINE |
	                  MILTER_CHANGE_BODY | MILTER_ADD_RCPT | MILTER_ADD_RCPT_PAR |
	                  MILTER_DELETE_RCPT | MILTER_CHANGE_FROM,
	OFFERED_PROTOCOL = MILTER_NO_CONNECT | MILTER_NO_HELO | MILTER_NO_MAIL | MILTER_NO_RCPT |
	                   MILTER_NO_BODY | MILTER_NO_HEADERS | MILTER_NO_EOH | MILTER_NO_UNKNOWN |
	                   MILTER_NO_DATA | MILTER_SKIP | MILTER_SILENT_HEADER |
	                   MILTER_SILENT_CONNECT | MILTER_SILENT_HELO | MILTER_SILENT_MAIL |
	                   MILTER_SILENT_RCPT | MILTER_SILENT_DATA | MILTER_SILENT_EOH |
	                   MILTER_SILENT_BODY | MILTER_LEADING_SPACE,
};

static milter_reach_fn *reach_endpoint;

void milter_use(milter_reach_fn *reach)
{
	reach_endpoint = reach;
}

struct talk {
	struct inspection *x;
	struct inspect_finding *found;
	struct inspect_judge_reply *out;
	struct span endpoint;
	struct stream *stream;
	struct milter_terms terms;
	struct buf *header; /* as the filters before have left it */
	struct rewrite w;   /* and the envelope and the body */
	size_t n_replies, edit_bytes;
	bool ended;   /* it has said what it has to say */
	bool skipped; /* it needs no more of the body */
};

static bool sends(const struct talk *t, uint32_t unless)
{
	return !t->ended && !(t->terms.protocol & unless);
}

/* ---- what it answers ---- */

static WAITS int read_packet(struct talk *t, struct milter_packet *out)
{
	struct span in = stream_peek(t->stream);
	int r;

	while ((r = milter_take(&in, out)) == 0) {
		r = stream_fill(t->stream); /* WAITS */
		if (r < 0)
			return r;
		in = stream_peek(t->stream);
	}
	return r < 0 ? r : 0;
}

static void consume(struct talk *t, const struct milter_packet *p)
{
	stream_consume(t->stream, 5 + p->data.n);
}

/* "5.7.1 words" without the code of RFC 3463, for intake puts its own in front. */
static struct span without_code(struct span text)
{
	struct span rest = text, code = { 0 };
	size_t dots = 0;

	span_split(&rest, ' ', &code);
	for (size_t i = 0; i < code.n; i++) {
		dots += code.p[i] == '.';
		if (code.p[i] != '.' && (code.p[i] < '0' || code.p[i] > '9'))
			return text;
	}
	return dots == 2 && rest.n ? rest : text;
}

static int decide(struct talk *t, enum inspect_result result, struct span value, uint8_t most,
                  struct span words)
{
	t->ended = true;
	t->found->result = (uint8_t)result;
	t->found->value = value;
	t->found->most = most;
	return inspect_words(t->x, t->found, "%.*s", SPAN_ARG(words));
}

static int refuse(struct talk *t, struct span words)
{
	return decide(t, INSPECT_FAILED, SPAN("reject"), STEP_REJECT,
	              words.n ? words : SPAN("a mail filter of this server refuses it"));
}

static int put_off(struct talk *t, struct span words)
{
	return decide(t, INSPECT_LATER, SPAN("tempfail"), STEP_REJECT,
	              words.n ? words
	                      : SPAN("a mail filter of this server asks to send it again later"));
}

/* number: of those that the message has by now. */
static int refuse_recipient(struct talk *t, uint32_t number, struct span words)
{
	struct span address;
	uint32_t place = UINT32_MAX;
	struct inspect_finding said;

	(void)rewrite_rcpt(&t->w, number, &address, &place);
	if (place == UINT32_MAX)
		return rewrite_refuse_added(&t->w, number), 0;
	struct inspect_refusal *no = &t->out->refusals[t->out->n_refusals++];
	int r = inspect_words(t->x, &said, "%.*s",
	                      SPAN_ARG(words.n ? words
	                                       : SPAN("a mail filter of this server refuses "
	                                              "this recipient")));

	*no = (struct inspect_refusal){ .recipient = place, .words = said.words };
	return r;
}

/* Never lost: who would have had it can still be given it. */
static int discard(struct talk *t)
{
	return decide(t, INSPECT_FAILED, SPAN("discard"), STEP_QUARANTINE,
	              SPAN("a mail filter of this server would have thrown it away"));
}

/* What is not the answer to wait for: it edits.  1: it was. */
static int take_edit(struct talk *t, const struct milter_reply *reply)
{
	AUTO_BUF field = BUF(INSPECT_EDITS_BYTES_MAX);
	AUTO_BUF made = BUF(HEADER_BYTES_MAX);
	struct milter_edit e = { reply->kind, reply->index, SPAN(""), SPAN("") };
	int r = arena_copy(t->x->mem, reply->name, &e.name);

	if (t->out->n_edits == INSPECT_EDITS_MAX)
		return err(ERR_LIMIT, "it does too much to the header");
	if (r >= 0 && (reply->value.n || reply->kind != MILTER_EDIT_CHANGE))
		r = milter_field_put(&field, reply->name, reply->value,
		                     t->terms.protocol & MILTER_LEADING_SPACE);
	if (r >= 0)
		r = arena_copy(t->x->mem, buf_span(&field), &e.field);
	t->edit_bytes += e.name.n + e.field.n;
	if (r >= 0 && t->edit_bytes > INSPECT_EDITS_BYTES_MAX)
		r = err(ERR_LIMIT, "it makes too much of the header");
	if (r >= 0)
		r = milter_edit_apply(buf_span(t->header), &e, &made);
	if (r < 0)
		return r;
	buf_reset(t->header);
	r = buf_put(t->header, buf_span(&made));
	t->out->edits[t->out->n_edits++] =
	        (struct inspect_edit){ (uint8_t)e.kind, e.index, e.name, e.field };
	return r < 0 ? r : 1;
}

static int quarantine(struct talk *t, struct span words)
{
	int r = decide(t, INSPECT_FAILED, SPAN("quarantine"), STEP_QUARANTINE,
	               words.n ? words : SPAN("a mail filter of this server wants it looked at"));

	t->ended = false; /* more may follow */
	return r;
}

/* 1: it goes on, 0: that was the answer. */
static int take_reply(struct talk *t, const struct milter_reply *reply, bool at_end, int recipient)
{
	struct span words = without_code(reply->text);

	switch (reply->kind) {
	case MILTER_PROGRESS: return 1;
	case MILTER_CONTINUE: return 0;
	case MILTER_ACCEPT: return t->ended = true, 0;
	case MILTER_REJECT:
		return recipient < 0 ? refuse(t, words)
		                     : refuse_recipient(t, (uint32_t)recipient, words);
	case MILTER_TEMPFAIL: return put_off(t, words);
	case MILTER_DISCARD: return discard(t);
	case MILTER_REPLY_CODE:
		if (reply->code < 500)
			return put_off(t, words);
		return recipient < 0 ? refuse(t, words)
		                     : refuse_recipient(t, (uint32_t)recipient, words);
	case MILTER_SKIP_REST: return t->skipped = true, 0;
	default: break;
	}
	if (!at_end)
		return err(ERR_SYNTAX, "it edits before the end of the message");
	if (!(t->terms.actions & milter_edit_needs(reply->kind)))
		return err(ERR_LIMIT, "it does more than was agreed");
	int r = reply->kind == MILTER_EDIT_QUARANTINE ? quarantine(t, words)
	        : reply->kind <= MILTER_EDIT_CHANGE   ? take_edit(t, reply)
	                                              : rewrite_envelope(&t->w, reply);
	return r < 0 ? r : 1;
}

/* A piece of a body is longer than what a stream keeps.  1: it was one, 0: something else comes. */
static WAITS int hear_body(struct talk *t, bool at_end)
{
	size_t left = 0;
	char command = 0;
	int r;

	while ((r = milter_peek(stream_peek(t->stream), &command, &left)) == 0)
		if ((r = stream_fill(t->stream)) < 0) /* WAITS */
			break;
	if (r < 0 || command != 'b')
		return r < 0 ? r : 0;
	if (!at_end || !(t->terms.actions & MILTER_CHANGE_BODY))
		return err(ERR_SYNTAX, "it replaces the body when it may not");
	stream_consume(t->stream, MILTER_HEAD_BYTES);
	r = rewrite_body(&t->w, SPAN(""), t->header->n);
	while (r >= 0 && left) {
		struct span piece = span_sub(stream_peek(t->stream), 0, left);
		r = piece.n ? rewrite_body(&t->w, piece, t->header->n)
		            : stream_fill(t->stream); /* WAITS */
		stream_consume(t->stream, piece.n);
		left -= piece.n;
	}
	return r < 0 ? r : 1;
}

/* recipient: that the answer is about; -1: the message. */
static WAITS int hear(struct talk *t, bool at_end, int recipient)
{
	int more = 1;

	while (more == 1) {
		struct milter_packet p;
		struct milter_reply reply;
		int r = hear_body(t, at_end); /* WAITS */

		if (r == 1)
			continue;
		if (r >= 0)
			r = read_packet(t, &p); /* WAITS */
		if (r >= 0 && t->n_replies++ == REPLIES_MAX)
			r = err(ERR_LIMIT, "it sends no end of replies");
		if (r >= 0)
			r = milter_reply_parse(&p, &reply);
		if (r < 0)
			return r;
		more = take_reply(t, &reply, at_end, recipient);
		consume(t, &p);
	}
	return more;
}

/* ---- what it is told ---- */

/* silent: the term by which it does not answer to that. */
static WAITS int say(struct talk *t, const struct buf *packets, uint32_t silent, int recipient)
{
	int r = packets->err ? packets->err : stream_put(t->stream, buf_span(packets)); /* WAITS */

	if (r < 0 || (t->terms.protocol & silent))
		return r;
	return hear(t, false, recipient); /* WAITS */
}

static WAITS int negotiate(struct talk *t)
{
	const struct milter_terms offered = { MILTER_VERSION, OFFERED_ACTIONS, OFFERED_PROTOCOL };
	AUTO_BUF b = BUF(100);
	struct milter_packet p;
	int r = milter_put_terms(&b, &offered);

	if (r >= 0)
		r = stream_put(t->stream, buf_span(&b)); /* WAITS */
	if (r >= 0)
		r = read_packet(t, &p); /* WAITS */
	if (r >= 0)
		r = milter_terms_parse(&p, &offered, &t->terms);
	if (r >= 0)
		consume(t, &p);
	return r;
}

static WAITS int say_connection(struct talk *t)
{
	const struct inspect_judge_args *a = t->x->asked;
	const struct span macros[] = { SPAN("j"),
		                       span_str(t->x->set->server_hostname),
		                       SPAN("{daemon_name}"),
		                       SPAN("postrider"),
		                       SPAN("{client_addr}"),
		                       a->client_address,
		                       SPAN("v"),
		                       SPAN("Postrider") };
	char literal[IP_TEXT_BYTES + 3] = "localhost";
	AUTO_BUF b = BUF(PACKET_BYTES_MAX);
	struct ip ip = { 0 };
	int r = 0;

	if (ip_parse(a->client_address, &ip) >= 0)
		snprintf(literal, sizeof literal, "[%.*s]", SPAN_ARG(a->client_address));
	(void)!milter_put_macros(&b, 'C', macros, N_ELEMS(macros) / 2);
	(void)!milter_put_connect(&b, a->rdns.n ? a->rdns : span_str(literal), &ip, 0);
	if (sends(t, MILTER_NO_CONNECT))
		r = say(t, &b, MILTER_SILENT_CONNECT, -1); /* WAITS */
	buf_reset(&b);
	(void)!milter_put_helo(&b, a->helo.n ? a->helo : SPAN("localhost"));
	if (r >= 0 && sends(t, MILTER_NO_HELO))
		r = say(t, &b, MILTER_SILENT_HELO, -1); /* WAITS */
	return r;
}

static WAITS int say_recipient(struct talk *t, uint32_t i)
{
	struct span address;
	uint32_t place;

	if (!rewrite_rcpt(&t->w, i, &address, &place))
		return 0;
	const struct span macros[] = { SPAN("{rcpt_addr}"), address };
	AUTO_BUF b = BUF(PACKET_BYTES_MAX);

	(void)!milter_put_macros(&b, 'R', macros, 1);
	(void)!milter_put_rcpt(&b, address);
	return say(t, &b, MILTER_SILENT_RCPT, (int)i); /* WAITS */
}

static WAITS int say_envelope(struct talk *t)
{
	const struct inspect_judge_args *a = t->x->asked;
	const struct span macros[] = { SPAN("{mail_addr}"),   t->w.sender,
		                       SPAN("{auth_authen}"), a->login,
		                       SPAN("{auth_type}"),   SPAN("LOGIN") };
	AUTO_BUF b = BUF(PACKET_BYTES_MAX);
	int r = 0;

	(void)!milter_put_macros(&b, 'M', macros, a->login.n ? 3 : 1);
	(void)!milter_put_mail(&b, t->w.sender);
	if (sends(t, MILTER_NO_MAIL))
		r = say(t, &b, MILTER_SILENT_MAIL, -1); /* WAITS */
	for (uint32_t i = 0; r >= 0 && i < rewrite_n(&t->w) && sends(t, MILTER_NO_RCPT); i++)
		r = say_recipient(t, i); /* WAITS */
	buf_reset(&b);
	(void)!milter_put_plain(&b, 'T');
	if (r >= 0 && t->terms.version >= 4 && sends(t, MILTER_NO_DATA))
		r = say(t, &b, MILTER_SILENT_DATA, -1); /* WAITS */
	return r;
}

static WAITS int say_header(struct talk *t)
{
	struct message_header h;
	struct message_field f;
	int r = 0;

	message_header_begin(&h, buf_span(t->header));
	while (r >= 0 && sends(t, MILTER_NO_HEADERS) && message_header_next(&h, &f)) {
		AUTO_BUF b = BUF(PACKET_BYTES_MAX);
		(void)!milter_put_header(&b, f.name, f.value,
		                         t->terms.protocol & MILTER_LEADING_SPACE);
		r = say(t, &b, MILTER_SILENT_HEADER, -1); /* WAITS */
	}
	AUTO_BUF b = BUF(100);
	(void)!milter_put_plain(&b, 'N');
	if (r >= 0 && sends(t, MILTER_NO_EOH))
		r = say(t, &b, MILTER_SILENT_EOH, -1); /* WAITS */
	return r;
}

static WAITS int say_body(struct talk *t)
{
	struct span body = t->w.body;
	int r = 0;

	for (size_t at = 0; r >= 0 && at < body.n && !t->skipped && sends(t, MILTER_NO_BODY);
	     at += MILTER_BODY_BYTES) {
		AUTO_BUF b = BUF(PACKET_BYTES_MAX);
		(void)!milter_put_body(&b, span_sub(body, at, MILTER_BODY_BYTES));
		r = say(t, &b, MILTER_SILENT_BODY, -1); /* WAITS */
	}
	return r;
}

static WAITS int say_end(struct talk *t)
{
	AUTO_BUF b = BUF(100);

	if (t->ended)
		return 0;
	(void)!milter_put_plain(&b, 'E');
	int r = stream_put(t->stream, buf_span(&b)); /* WAITS */
	return r < 0 ? r : hear(t, true, -1);        /* WAITS */
}

/* Connected, or not begun. */
static WAITS int begin(struct talk *t)
{
	int fd, r = reach_endpoint(t->endpoint, &fd); /* WAITS */

	return r < 0 ? r : stream_open_fd(fd, &t->stream);
}

static WAITS void end(struct talk *t, int r)
{
	AUTO_BUF quit = BUF(100);

	(void)!milter_put_plain(&quit, 'Q');
	if (r >= 0 && stream_put(t->stream, buf_span(&quit)) >= 0) /* WAITS */
		(void)!stream_flush(t->stream);                    /* WAITS */
	stream_close(t->stream);
}

WAITS int milter_probe(struct span endpoint, struct milter_terms *out)
{
	struct talk t = { .endpoint = endpoint };
	int r = begin(&t); /* WAITS */

	if (r < 0)
		return r;
	r = negotiate(&t); /* WAITS */
	end(&t, r);        /* WAITS */
	if (r >= 0)
		*out = t.terms;
	return r < 0 ? r : 0;
}

static WAITS int talk(struct talk *t)
{
	int r = begin(t); /* WAITS */

	if (r < 0)
		return r;
	r = negotiate(t); /* WAITS */
	if (r >= 0)
		r = say_connection(t); /* WAITS */
	if (r >= 0)
		r = say_envelope(t); /* WAITS */
	if (r >= 0)
		r = say_header(t); /* WAITS */
	if (r >= 0)
		r = say_body(t); /* WAITS */
	if (r >= 0)
		r = say_end(t); /* WAITS */
	end(t, r);              /* WAITS */
	return r;
}

/* ---- all of them ---- */

/* What it had done by then is not done. */
static int say_unable(struct talk *t, int r, size_t n_edits, size_t n_refusals)
{
	char why[200];

	snprintf(why, sizeof why, "%s", err_str(r));
	rewrite_undo(&t->w);
	t->out->n_edits = n_edits;
	t->out->n_refusals = n_refusals;
	t->found->result = INSPECT_UNABLE;
	t->found->value = SPAN("unavailable");
	t->found->most = STEP_REJECT;
	return inspect_words(t->x, t->found, "the mail filter at %.*s did not look at it: %s",
	                     SPAN_ARG(t->endpoint), why);
}

static int prepare(struct talk *t, size_t n_milters)
{
	const struct inspect_judge_args *a = t->x->asked;
	size_t n;

	t->out->edits = arena_array(t->x->mem, struct inspect_edit, INSPECT_EDITS_MAX);
	t->out->refusals =
	        arena_array(t->x->mem, struct inspect_refusal, n_milters * a->n_recipients + 1);
	if (!t->out->edits || !t->out->refusals)
		return err(ERR_NO_MEMORY, "no memory for what mail filters say");
	int r = rewrite_open(t->x, &t->w);
	if (r < 0)
		return r;
	return authres_strip(a->header,
	                     a->direction == STEP_IN ? span_str(t->x->set->server_hostname)
	                                             : SPAN(""),
	                     SPAN(DEFENCE_FIELD), t->header, &n);
}

WAITS int inspect_milters(struct inspection *x, struct inspect_finding *found,
                          struct inspect_judge_reply *out)
{
	FIBRE_TIMEOUT(x->set->defence_milter_time);
	const struct settings_list list = x->set->defence_milters; /* it may change meanwhile */
	AUTO_BUF header = BUF(HEADER_BYTES_MAX);
	struct talk t = { .x = x, .found = found, .out = out, .header = &header };
	int r = prepare(&t, list.n);

	found->value = SPAN("accept");
	for (size_t i = 0; r >= 0 && i < list.n && found->result == INSPECT_PASSED; i++) {
		size_t n_edits = out->n_edits, n_refusals = out->n_refusals;

		t.endpoint = span_str(list.v[i]);
		t.ended = t.skipped = false;
		r = talk(&t); /* WAITS */
		if (r >= 0)
			r = rewrite_do(&t.w); /* WAITS */
		if (r < 0 && r != ERR_CANCELLED && r != ERR_NO_MEMORY)
			r = say_unable(&t, r, n_edits, n_refusals);
	}
	if (r >= 0)
		r = rewrite_tell(&t.w, out);
	rewrite_close(&t.w);
	return r < 0 ? r : 0;
}
