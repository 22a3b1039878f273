/* smtpd/cmd_data.c - DATA: receive the message, commit it, and only then say 250.
 *
 * RFC 5321 4.1.1.4, 6.1 (responsibility begins with the 250).
 */
#include "smtpd/body.h"

#include "base/base64.h"
#include "base/event.h"
#include "rt/loop.h"

enum { COMMIT_MS = 120000 };

static WAITS int refuse(struct smtpd_session *s, const struct intake_no *no)
{
	event_log(EVENT_message_refused, "client=%.*s return_path=%.*s code=%d reason=%s",
	          SPAN_ARG(s->tx->from.client_address), SPAN_ARG(s->tx->return_path), no->code,
	          no->text);
	return smtpd_reply(s, no->code, no->enhanced, "%s", no->text);
}

static WAITS int commit(struct smtpd_session *s)
{
	const struct intake *tx = s->tx;
	char id[ID_TEXT_LEN + 1];
	struct queue_submit_reply done;

	fibre_deadline_set(clock_add(loop_now_at(), COMMIT_MS));
	int r = smtpd_renew_login(s);
	s->tx->from.ticket = buf_span(&s->ticket);
	if (r >= 0)
		r = intake_commit(s->tx, &done); /* WAITS */
	if (r == ERR_REFUSED && tx->no.code)
		return refuse(s, &tx->no);
	if (r < 0)
		return smtpd_reply_ours(s, r);
	s->n_messages++;
	s->n_idle_talk = 0;
	id_print(done.id, id);
	event_log(EVENT_message_accepted,
	          "id=%s client=%.*s login=%s return_path=%.*s recipients=%zu bytes=%ju", id,
	          SPAN_ARG(tx->from.client_address), s->login, SPAN_ARG(tx->return_path),
	          tx->n_rcpts, (uintmax_t)tx->size_bytes);
	return smtpd_reply(s, 250, "2.0.0", "Ok: committed as %s", id);
}

WAITS int smtpd_cmd_data(struct smtpd_session *s, struct span args)
{
	int r = smtpd_reply(s, 354, NULL, "End with <CRLF>.<CRLF>");
	if (r >= 0)
		r = smtpd_body_recv(s); /* WAITS */
	if (r >= 0)
		r = commit(s); /* WAITS */
	smtpd_tx_end(s);       /* WAITS */
	return r;
}
