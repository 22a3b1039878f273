/* smtpd/cmd_data.c - DATA: receive the message, commit it, and only then say 250.
 *
 * RFC 5321 4.1.1.4, 6.1 (responsibility begins with the 250); RFC 2033 4.2 (LMTP: a reply for each
 * recipient).
 */
#include "smtpd/body.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/event.h"
#include "policy/bans.h"
#include "rt/loop.h"

enum { COMMIT_MS = 120000 };

static struct intake_no accepted(struct smtpd_session *s, uint64_t message)
{
	const struct intake *tx = s->tx;
	struct intake_no yes = { .code = 250, .enhanced = "2.0.0" };
	char id[ID_TEXT_LEN + 1];

	s->n_messages++;
	bans_message(stream_peer(s->stream), loop_now_at());
	s->n_idle_talk = 0;
	id_print(message, id);
	event_log(EVENT_message_accepted,
	          "id=%s client=%.*s login=%s return_path=%.*s recipients=%zu bytes=%ju dkim=%.*s",
	          id, SPAN_ARG(tx->from.client_address), s->login.account,
	          SPAN_ARG(tx->return_path), tx->n_rcpts, (uintmax_t)tx->size_bytes,
	          SPAN_ARG(tx->signed_by));
	snprintf(yes.text, sizeof yes.text, "Ok: committed as %s", id);
	return yes;
}

static struct intake_no refused(struct smtpd_session *s)
{
	const struct intake_no *no = &s->tx->no;

	s->harm = BANS_MESSAGE;
	event_log(EVENT_message_refused, "client=%.*s return_path=%.*s code=%d reason=%s",
	          SPAN_ARG(s->tx->from.client_address), SPAN_ARG(s->tx->return_path), no->code,
	          no->text);
	return *no;
}

/* What is to be said.  Negative: a fault of ours. */
static WAITS int commit(struct smtpd_session *s, struct intake_no *out)
{
	struct queue_submit_reply done;

	fibre_deadline_set(clock_add(loop_now_at(), COMMIT_MS));
	int r = smtpd_login_renew(s); /* WAITS */
	if (r >= 0)
		r = intake_commit(s->tx, &done); /* WAITS */
	if (r == ERR_REFUSED && s->tx->no.code)
		*out = refused(s);
	else if (r < 0)
		return r;
	else
		*out = accepted(s, done.id);
	return 0;
}

static WAITS int answer(struct smtpd_session *s, int r, const struct intake_no *said)
{
	struct intake_no ours;

	if (!smtpd_is_lmtp(s))
		return r < 0 ? smtpd_reply_ours(s, r) : smtpd_reply_no(s, said); /* WAITS */
	if (smtpd_is_end(r))
		return r;
	if (r < 0)
		ours = smtpd_no_ours(r);
	return smtpd_each_reply(s, r < 0 ? &ours : said); /* WAITS */
}

WAITS int smtpd_cmd_data(struct smtpd_session *s, struct span args)
{
	struct intake_no said;
	int r = smtpd_reply(s, 354, NULL, "End with <CRLF>.<CRLF>");

	if (r >= 0)
		r = smtpd_body_recv(s); /* WAITS */
	if (r >= 0)
		r = answer(s, commit(s, &said), &said); /* WAITS */
	smtpd_tx_end(s);                                /* WAITS */
	return r;
}
