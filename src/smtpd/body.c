/* smtpd/body.c - the text of one message, from the final 354 to the final dot. */
#include "smtpd/body.h"

#include <stdio.h>

#include "base/event.h"
#include "rt/loop.h"
#include "wire/message/write/trace.h"

enum { HEADER_ROOM = 4096, STORE_MS = 120000 };

void smtpd_body_init(struct smtpd_body *b, const struct settings *set)
{
	*b = (struct smtpd_body){ 0 };
	smtp_data_in_init(&b->scan);
	queue_intake_init(&b->intake, set, STREAM_IN_BYTES + HEADER_ROOM);
}

void smtpd_body_fini(struct smtpd_body *b)
{
	queue_intake_fini(&b->intake);
	arena_fini(&b->mem);
}

void smtpd_body_refuse(struct smtpd_body *b, int code, const char *enhanced, const char *fmt, ...)
{
	va_list ap;

	if (b->refusal.code)
		return;
	b->refusal.code = code;
	b->refusal.enhanced = enhanced;
	va_start(ap, fmt);
	vsnprintf(b->refusal.text, sizeof b->refusal.text, fmt, ap);
	va_end(ap);
}

/* An error of ours is a 4xx for this message, not the end of the session. */
static void refuse_err(struct smtpd_body *b, int r)
{
	const char *enhanced, *text;
	int code;

	err_reply(r, &code, &enhanced, &text);
	if (code >= 500)
		code = 451, enhanced = "4.3.0";
	event_log(EVENT_internal_error, "what=%s reason=%s", "message text", err_str(r));
	smtpd_body_refuse(b, code, enhanced, "%s", text);
}

static int put_trace(struct smtpd_session *s, struct smtpd_body *b)
{
	char ip[ADDRESS_TEXT_BYTES];
	const struct tls_facts *tls = stream_tls(s->stream);
	struct message_received r = {
		.helo = span_str(s->helo),
		.rdns = span_str(s->rdns),
		.ip = span_str(address_text(stream_peer(s->stream), false, ip)),
		.hostname = span_str(s->set->server_hostname),
		.ehlo = s->ehlo,
		.tls = tls != NULL,
		.auth = s->login != NULL,
		.utf8 = s->tx->smtputf8,
		.tls_version = span_str(tls ? tls->version : NULL),
		.tls_cipher = span_str(tls ? tls->cipher : NULL),
		.rcpt = s->tx->n_rcpts == 1 ? s->tx->rcpts[0].address : SPAN(""),
		.time_ms = clock_wall_time_ms(),
	};
	int err_code = message_received_put(&b->intake.prefix, &r);

	return err_code;
}

static bool has_header(const struct smtpd_body *b)
{
	return memmem(b->intake.text.p, b->intake.text.n, "\r\n\r\n", 4) != NULL;
}

/* After each read: limits, and the way to the blob once the text is long. */
static WAITS int settle(struct smtpd_session *s, struct smtpd_body *b, bool ended)
{
	int r = 0;

	if (b->scan.n_bytes > (uint64_t)s->set->smtp_size_max)
		smtpd_body_refuse(b, 552, "5.3.4", "Message too big: at most %jd octets",
		                  (intmax_t)s->set->smtp_size_max);
	if (b->scan.bare_cr || b->scan.bare_lf)
		smtpd_body_refuse(b, 550, "5.6.0",
		                  "Bare CR or LF in the message; lines must end in CRLF");
	bool full = b->intake.text.n > b->intake.threshold;
	bool pressed = !b->header_done && queue_intake_is_pressed(&b->intake);
	if (pressed && !ended && !full && !has_header(b))
		smtpd_body_refuse(b, 452, "4.3.1", "Short of memory; try again later");
	if (!b->refusal.code && !b->header_done && (ended || full || pressed)) {
		r = smtpd_check_header(s, b);
		b->header_done = true;
	}
	if (r >= 0 && !b->refusal.code)
		r = queue_intake_settle(&b->intake, false);
	if (r < 0 && r != ERR_CANCELLED)
		refuse_err(b, r);
	if (b->refusal.code)
		buf_release(&b->intake.text);
	return r == ERR_CANCELLED ? r : 0;
}

int64_t smtpd_body_patience(const struct settings *set, uint64_t n_bytes, int64_t waited_ms)
{
	int64_t block_ms = set->smtp_data_time, left_ms;

	if (!set->smtp_data_rate)
		return block_ms;
	left_ms = block_ms + (int64_t)(n_bytes * 1000 / (uint64_t)set->smtp_data_rate) - waited_ms;
	if (left_ms < 0)
		left_ms = 0;
	return left_ms < block_ms ? left_ms : block_ms;
}

/* Waits for the client; what we spend ourselves is not its time. */
static WAITS int fill(struct smtpd_session *s, struct smtpd_body *b)
{
	int64_t from_at = loop_now_at();
	int64_t patience_ms = smtpd_body_patience(s->set, b->scan.n_bytes, b->waited_ms);

	fibre_deadline_set(clock_add(from_at, patience_ms));
	int r = stream_fill(s->stream);
	b->waited_ms += loop_now_at() - from_at;
	return r;
}

int smtpd_body_recv(struct smtpd_session *s, struct smtpd_body *b)
{
	int r = put_trace(s, b);

	if (r < 0)
		refuse_err(b, r);
	for (;;) {
		struct span in = stream_peek(s->stream);
		size_t had = in.n;
		struct span run;
		while (smtp_data_in_next(&b->scan, &in, &run))
			if (!b->refusal.code && (r = buf_put(&b->intake.text, run)) < 0)
				refuse_err(b, r);
		stream_consume(s->stream, had - in.n);
		fibre_deadline_set(clock_add(loop_now_at(), STORE_MS));
		r = settle(s, b, b->scan.ended);
		if (r >= 0 && !b->scan.ended)
			r = fill(s, b);
		if (r < 0 || b->scan.ended)
			return r < 0 ? r : 0;
	}
}
