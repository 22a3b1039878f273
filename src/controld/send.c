/* controld/send.c - takes a message from this machine's owner and commits it. */
#include "controld/session.h"

#include "base/event.h"
#include "directory/route.h"
#include "queue/intake.h"
#include "rt/loop.h"
#include "wire/message/header.h"
#include "wire/message/trace.h"
#include "wire/smtp/path.h"

enum { LEDGER_TEXT_MAX = 500, TRACE_ROOM = 4096 };

struct sending {
	struct record_message m;
	struct queue_intake intake;
	uint64_t left; /* octets of text still to come */
};

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
	json_t *to = json_object_get(request, "to");
	size_t n = json_array_size(to);
	struct smtp_path path;

	out->m.sender = controld_string(request, "from");
	if (smtp_address_split(out->m.sender, SMTP_PATH_NULL, &path) < 0)
		return err(ERR_SYNTAX, "from: %.*s is no address", SPAN_ARG(out->m.sender));
	out->m.smtputf8 = json_is_true(json_object_get(request, "smtputf8"));
	if (!n || n > (size_t)s->set->smtp_rcpt_max)
		return err(ERR_LIMIT, "to: 1 to %jd recipients", (intmax_t)s->set->smtp_rcpt_max);
	out->m.recipients = arena_array(&s->mem, struct record_recipient, n);
	if (!out->m.recipients)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < n; i++) {
		json_t *one = json_array_get(to, i);
		struct span address = span_make(json_string_value(one), json_string_length(one));
		int r = route(s, address, &out->m.recipients[i]);
		if (r < 0)
			return r;
	}
	out->m.n_recipients = n;
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
	return message_received_put(&out->intake.text, &r);
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
	if (!in->blob && (last || in->text.n > in->threshold)) {
		out->m.subject = field(s, buf_span(&in->text), SPAN("Subject"));
		out->m.message_id = field(s, buf_span(&in->text), SPAN("Message-ID"));
	}
	return queue_intake_settle(in, false);
}

/* Takes all the octets that were announced, also after an error: the next request follows. */
static WAITS int read_text(struct controld_session *s, struct sending *out, int r)
{
	while (out->left) {
		struct span in = span_sub(stream_peek(s->stream), 0, out->left);
		if (!in.n) {
			int filled = stream_fill(s->stream);
			if (filled < 0)
				return filled == ERR_CLOSED ? filled : ERR_CANCELLED;
			continue;
		}
		out->left -= in.n;
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
		                      .client_name = SPAN("localhost") },
		               .left = (uint64_t)controld_number(request, "size", 0) };

	queue_intake_init(&out.intake, s->set, STREAM_IN_BYTES + TRACE_ROOM);
	int r = out.left > (uint64_t)s->set->smtp_size_max
	                ? err(ERR_TOO_BIG, "the message has %ju octets; smtp.size_max permits %jd",
	                      (uintmax_t)out.left, (intmax_t)s->set->smtp_size_max)
	                : read_envelope(s, request, &out);
	if (r >= 0)
		r = put_trace(s, &out);
	r = read_text(s, &out, r);
	if (r >= 0)
		r = queue_intake_commit(&out.intake, &out.m, &s->mem, &done);
	queue_intake_fini(&out.intake);
	return r < 0 ? r : answer(s, &done);
}
