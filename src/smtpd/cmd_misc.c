/* smtpd/cmd_misc.c - RSET, NOOP, QUIT, VRFY, HELP and STARTTLS.
 *
 * RFC 5321 4.1.1.5-10, 7.3 (VRFY may decline to say); RFC 3207.
 */
#include "smtpd/session.h"

#include "base/event.h"
#include "smtpd/verbs.h"

enum { HELP_MAX = 2048 };

WAITS int smtpd_cmd_rset(struct smtpd_session *s, struct span args)
{
	smtpd_tx_end(s);
	return smtpd_reply(s, 250, "2.0.0", "Ok");
}

WAITS int smtpd_cmd_noop(struct smtpd_session *s, struct span args)
{
	return smtpd_reply(s, 250, "2.0.0", "Ok");
}

WAITS int smtpd_cmd_quit(struct smtpd_session *s, struct span args)
{
	int r = smtpd_reply(s, 221, "2.0.0", "%s: good bye", s->set->server_hostname);
	if (r >= 0)
		r = stream_flush(s->stream);
	s->quit = r >= 0;
	return r < 0 ? r : ERR_CLOSED;
}

WAITS int smtpd_cmd_vrfy(struct smtpd_session *s, struct span args)
{
	return smtpd_reply(s, 252, "2.5.0", "Not told; send the message and see");
}

static void put_help(enum smtp_verb v, struct buf *out)
{
	buf_printf(out, "%s%s: %s", out->n ? "\n" : "", smtpd_verbs[v].syntax, smtpd_verbs[v].help);
}

WAITS int smtpd_cmd_help(struct smtpd_session *s, struct span args)
{
	AUTO_BUF text = BUF(HELP_MAX);
	enum smtp_verb of = smtp_verb_find(args);
	unsigned facts = smtpd_facts(s);

	for (enum smtp_verb v = SMTP_VERB_UNKNOWN + 1; v < SMTP_VERB_COUNT; v++)
		if (smtpd_verb_served(v, facts) && (of == SMTP_VERB_UNKNOWN || of == v))
			put_help(v, &text);
	if (!text.n)
		return smtpd_reply(s, 504, "5.5.4", "%s is not offered here", smtp_verb_name(of));
	return text.err ? smtpd_reply_err(s, text.err)
	                : smtpd_reply_lines(s, 214, "2.0.0", buf_span(&text));
}

/* RFC 3207 4.2: what was buffered before the handshake is discarded, what was
 * said before it is forgotten. */
WAITS int smtpd_cmd_starttls(struct smtpd_session *s, struct span args)
{
	char ip[ADDRESS_TEXT_BYTES];

	int r = smtpd_reply(s, 220, "2.0.0", "Go ahead");
	if (r >= 0)
		r = stream_flush(s->stream);
	if (r >= 0)
		r = stream_tls_accept(s->stream, s->server->tls);
	if (r < 0) {
		event_log(EVENT_tls_failed, "client=%s reason=%s",
		          address_text(stream_peer(s->stream), true, ip), err_str(r));
		return r == ERR_CANCELLED ? r : ERR_CLOSED;
	}
	smtpd_forget(s, true);
	s->extensions = 0;
	return 0;
}
