/* smtpd/cmd_data.c - DATA: receive the message, commit it, and only then say 250.
 *
 * RFC 5321 4.1.1.4, 6.1 (responsibility begins with the 250).
 */
#include "smtpd/body.h"

#include "base/base64.h"
#include "base/event.h"
#include "rt/loop.h"
#include "wire/message/write/trace.h"

enum { COMMIT_MS = 120000 };

static WAITS int refuse(struct smtpd_session *s, const struct smtpd_body *b)
{
	char ip[ADDRESS_TEXT_BYTES];

	event_log(EVENT_message_refused, "client=%s return_path=%.*s code=%d reason=%s",
	          address_text(stream_peer(s->stream), false, ip), SPAN_ARG(s->tx->return_path),
	          b->refusal.code, b->refusal.text);
	return smtpd_reply(s, b->refusal.code, b->refusal.enhanced, "%s", b->refusal.text);
}

static const char *protocol(const struct smtpd_session *s)
{
	struct message_received r = { .ehlo = s->ehlo,
		                      .tls = stream_tls(s->stream) != NULL,
		                      .auth = s->login != NULL,
		                      .utf8 = s->tx->smtputf8 };
	return message_received_with(&r);
}

static WAITS int commit(struct smtpd_session *s, struct smtpd_body *b)
{
	char ip[ADDRESS_TEXT_BYTES], id[ID_TEXT_LEN + 1];
	struct queue_submit_reply done;
	struct record_message m = {
		.return_path = s->tx->return_path,
		.login = span_str(s->login),
		.client_address = span_str(address_text(stream_peer(s->stream), false, ip)),
		.helo = span_str(s->helo),
		.protocol = span_str(protocol(s)),
		.message_id = b->message_id,
		.subject = b->subject,
		.body_8bit = b->scan.eight_bit,
		.smtputf8 = s->tx->smtputf8,
		.recipients = s->tx->rcpts,
		.n_recipients = s->tx->n_rcpts,
	};

	fibre_deadline_set(clock_add(loop_now_at(), COMMIT_MS));
	int r = queue_intake_commit(&b->intake, &m, &b->mem, &done);
	if (r < 0)
		return smtpd_reply_ours(s, r);
	s->n_messages++;
	s->n_idle_talk = 0;
	id_print(done.id, id);
	event_log(EVENT_message_accepted,
	          "id=%s client=%s login=%s return_path=%.*s recipients=%zu bytes=%ju", id, ip,
	          s->login, SPAN_ARG(m.return_path), m.n_recipients, (uintmax_t)m.size_bytes);
	return smtpd_reply(s, 250, "2.0.0", "Ok: committed as %s", id);
}

int smtpd_cmd_data(struct smtpd_session *s, struct span args)
{
	if (!s->tx)
		return smtpd_reply_no_tx(s);
	if (!s->tx->n_rcpts && s->tx->put_off)
		return smtpd_reply(s, 451, "4.5.1", "No recipient could be taken now; try later");
	if (!s->tx->n_rcpts)
		return smtpd_reply(s, 554, "5.5.1", "No valid recipients");
	if (args.n)
		return smtpd_reply(s, 501, "5.5.4", "DATA takes no argument");
	int r = smtpd_reply(s, 354, NULL, "End with <CRLF>.<CRLF>");
	if (r < 0)
		return r;

	struct smtpd_body b;
	smtpd_body_init(&b, s->set);
	r = smtpd_body_recv(s, &b);
	if (r >= 0)
		r = b.refusal.code ? refuse(s, &b) : commit(s, &b);
	smtpd_body_fini(&b);
	smtpd_tx_end(s);
	return r;
}
