/* smtpd/cmd_rcpt.c - RCPT TO: name one recipient of the open transaction.
 *
 * RFC 5321 4.1.1.3 (command), 3.3 (order), 4.5.3.1.10 (452), 4.5.1 (postmaster).
 */
#include "smtpd/session.h"

#include "base/event.h"
#include "defence/lists.h"
#include "policy/bans.h"

/* Past the limit: the client sends the rest in another message (RFC 5321 4.5.3.1.10), and has
 * done nothing wrong. */
static WAITS int put_off(struct smtpd_session *s)
{
	return smtpd_reply_free(s, 452, "4.5.3",
	                        SPAN("Too many recipients; send the rest in another message"));
}

/* Says who says so, and the way in. */
static WAITS int refuse_listed(struct smtpd_session *s, const struct smtp_path *to)
{
	char ip[ADDRESS_TEXT_BYTES], words[LISTS_REFUSAL_BYTES];
	const char *client = address_text(stream_peer(s->stream), false, ip);

	lists_refusal(s->set, client, s->listed, to->domain, words);
	event_log(EVENT_message_refused,
	          "client=%s return_path=%.*s recipient=%.*s@%.*s code=554 reason=%s", client,
	          SPAN_ARG(s->tx->return_path), SPAN_ARG(to->local), SPAN_ARG(to->domain),
	          s->listed);
	s->harm = BANS_LISTED;
	return smtpd_reply(s, 554, "5.7.1", "%s", words);
}

/* Policy, action, reply. */
static WAITS int add(struct smtpd_session *s, const struct smtp_path *to)
{
	struct intake_no no;
	size_t begin = s->tx->n_rcpts;
	int r = intake_recipient(s->tx, to, &no); /* WAITS */

	if (r == ERR_LIMIT && s->tx->n_rcpts)
		return put_off(s);
	if (r == ERR_REFUSED) {
		event_log(EVENT_message_refused,
		          "client=%.*s return_path=%.*s recipient=%.*s@%.*s code=%d reason=%s",
		          SPAN_ARG(s->tx->from.client_address), SPAN_ARG(s->tx->return_path),
		          SPAN_ARG(to->local), SPAN_ARG(to->domain), no.code, no.text);
		if (strcmp(no.enhanced, "5.1.1") == 0) {
			s->harm = BANS_RECIPIENT;
			intake_unknown(s->tx); /* WAITS */
		}
		return smtpd_reply_no(s, &no);
	}
	if (r >= 0 && smtpd_is_lmtp(s))
		r = smtpd_each_add(s, begin);
	if (r < 0) {
		s->put_off = true;
		return smtpd_reply_ours(s, r);
	}
	return smtpd_reply(s, 250, "2.1.5", "Recipient ok");
}

WAITS int smtpd_cmd_rcpt(struct smtpd_session *s, struct span args)
{
	struct smtp_path to;
	struct smtp_rcpt_params params;

	if (!span_eat_nocase(&args, SPAN("TO:")))
		return smtpd_reply(s, 501, "5.5.4", "Syntax: RCPT TO:<address>");
	int r = smtp_path_parse(span_trim_left(args), SMTP_PATH_POSTMASTER, &to, &args);
	if (r < 0)
		return smtpd_reply(s, 501, "5.1.3", "Bad recipient address: %s", err_str(r));
	r = smtp_rcpt_params_parse(args, s->extensions, &params);
	if (r < 0)
		return smtpd_reply(s, r == ERR_UNKNOWN ? 555 : 501, "5.5.4", "Bad parameter: %s",
		                   err_str(r));
	if (to.utf8 && !s->tx->smtputf8)
		return smtpd_reply(s, 553, "5.6.7", "The address needs SMTPUTF8");
	if (s->listed && !intake_is_always_open(&to))
		return refuse_listed(s, &to);
	return add(s, &to);
}
