/* controld/send.c - takes a message from this machine's owner and commits it. */
#include "controld/session.h"

#include "base/event.h"
#include "directory/route.h"
#include "queue/intake.h"
#include "rt/loop.h"
#include "wire/message/header.h"
#include "wire/message/write/trace.h"
#include "wire/smtp/path.h"

enum { LEDGER_TEXT_MAX = 500, ADDRESS_ROOM = 512 };

struct sending {
	struct record_message m;
	struct buf to; /* recipients, a line each */
	struct queue_intake intake;
	uint64_t to_left, left; /* octets of recipients, and of text, still to come */
};

static int too_many(const struct controld_session *s)
{
	return err(ERR_LIMIT,
	           "more than %jd recipients; smtp.rcpt_max permits no more in one message",
	           (intmax_t)s->set->smtp_rcpt_max);
}

static WAITS int route(struct controld_session *s, struct span address,
                       struct record_recipient *out)
{
	struct smtp_path path;
	struct directory_route found;
	int r = smtp_address_split(address, SMTP_PATH_POSTMASTER, &path);

	if (r < 0)
		return err(ERR_SYNTAX, "%.*s is no address", SPAN_ARG(address));
	r = directory_route(address, &s->mem, &found);
	if (r < 0)
		return r == ERR_NOT_FOUND ? err(r, "%.*s: no such user here; nothing was sent",
		                                SPAN_ARG(address))
		                          : r;
	*out = (struct record_recipient){ .address = address,
		                          .domain = found.domain,
		                          .account = found.account };
	return 0;
}

static WAITS int read_envelope(struct controld_session *s, json_t *request, struct sending *out)
{
	struct span to = buf_span(&out->to), rest = to, address;
	size_t n = 0;
	struct smtp_path path;

	out->m.return_path = controld_string(request, "from");
	if (smtp_address_split(out->m.return_path, SMTP_PATH_NULL, &path) < 0)
		return err(ERR_SYNTAX, "from: %.*s is no address", SPAN_ARG(out->m.return_path));
	out->m.smtputf8 = json_is_true(json_object_get(request, "smtputf8"));
	while (span_split(&rest, '\n', &address))
		n++;
	if (!n)
		return err(ERR_SYNTAX, "to whom?");
	if (n > (size_t)s->set->smtp_rcpt_max)
		return too_many(s);
	out->m.recipients = arena_array(&s->mem, struct record_recipient, n);
	if (!out->m.recipients)
		return err(ERR_NO_MEMORY, "no memory for the recipients");
	while (span_split(&to, '\n', &address)) {
		int r = route(s, address, &out->m.recipients[out->m.n_recipients++]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int put_trace(struct controld_session *s, struct sending *out)
{
	struct message_received r = {
		.helo = SPAN("localhost"),
		.hostname = span_str(s->set->server_hostname),
		.ehlo = true,
		.rcpt = out->m.n_recipients == 1 ? out->m.recipients[0].address : SPAN(""),
		.utf8 = out->m.smtputf8,
		.time_ms = clock_wall_time_ms(),
	};
	return message_received_put(&out->intake.prefix, &r);
}

static struct span field(struct controld_session *s, struct span text, struct span name)
{
	struct message_field f;

	return message_header_find(text, name, &f)
	               ? message_value_text(f.value, LEDGER_TEXT_MAX, &s->mem)
	               : SPAN("");
}

static bool has_eight_bit(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return true;
	return false;
}

/* Before a piece leaves for the store: what the ledger wants of the header. */
static WAITS int settle(struct controld_session *s, struct sending *out, struct span piece)
{
	struct queue_intake *in = &out->intake;
	bool last = out->left == 0;

	out->m.body_8bit = out->m.body_8bit || has_eight_bit(piece);
	if (!in->split && (last || in->text.n > in->threshold || queue_intake_is_pressed(in))) {
		out->m.subject = field(s, buf_span(&in->text), SPAN("Subject"));
		out->m.message_id = field(s, buf_span(&in->text), SPAN("Message-ID"));
	}
	return queue_intake_settle(in, false);
}

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

/* All the octets that were announced are taken, also after an error: the next request follows. */
static WAITS int read_to(struct controld_session *s, struct sending *out, int r)
{
	struct span in;

	while (out->to_left) {
		int got = next_piece(s, &out->to_left, &in);
		if (got < 0)
			return got;
		if (r >= 0)
			r = buf_put(&out->to, in);
		stream_consume(s->stream, in.n);
	}
	return r;
}

static WAITS int read_text(struct controld_session *s, struct sending *out, int r)
{
	struct span in;

	while (out->left) {
		int got = next_piece(s, &out->left, &in);
		if (got < 0)
			return got;
		if (r >= 0)
			r = buf_put(&out->intake.text, in);
		if (r >= 0)
			r = settle(s, out, in);
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

int controld_send(struct controld_session *s, json_t *request)
{
	struct queue_submit_reply done = { 0 };
	struct sending out = { .m = { .protocol = SPAN("CONTROL"),
		                      .client_address = SPAN("local"),
		                      .helo = SPAN("localhost") },
		               .to = BUF((size_t)s->set->smtp_rcpt_max * ADDRESS_ROOM),
		               .to_left = (uint64_t)controld_number(request, "to_size", -1),
		               .left = (uint64_t)controld_number(request, "size", -1) };

	if ((int64_t)out.to_left < 0 || (int64_t)out.left < 0) {
		s->lost = true;
		return err(ERR_SYNTAX, "to_size or size is no number of octets");
	}
	queue_intake_init(&out.intake, s->set, STREAM_IN_BYTES);
	int r = out.to_left > out.to.cap ? too_many(s) : 0;
	if (!json_is_string(json_object_get(request, "from")))
		r = err(ERR_SYNTAX, "from is no text");
	r = read_to(s, &out, r);
	if (r >= 0 && out.left > (uint64_t)s->set->smtp_size_max)
		r = err(ERR_TOO_BIG, "the message has %ju octets; smtp.size_max permits %jd",
		        (uintmax_t)out.left, (intmax_t)s->set->smtp_size_max);
	if (r >= 0)
		r = read_envelope(s, request, &out);
	if (r >= 0)
		r = put_trace(s, &out);
	r = read_text(s, &out, r);
	if (r >= 0)
		r = queue_intake_commit(&out.intake, &out.m, &s->mem, &done);
	queue_intake_fini(&out.intake);
	buf_fini(&out.to);
	return r < 0 ? r : answer(s, &done);
}
