/* smtpd/cmd_misc.c - RSET, NOOP, QUIT, VRFY, EXPN, HELP and STARTTLS.
 *
 * RFC 5321 4.1.1.5-10, 7.3 (VRFY may decline to say); RFC 3207.
 */
#include "smtpd/session.h"

#include "base/event.h"

WAITS int smtpd_cmd_rset(struct smtpd_session *s, struct span args)
{
	if (args.n)
		return smtpd_reply(s, 501, "5.5.4", "RSET takes no argument");
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

WAITS int smtpd_cmd_expn(struct smtpd_session *s, struct span args)
{
	return smtpd_reply(s, 502, "5.5.1", "EXPN is not offered");
}

WAITS int smtpd_cmd_help(struct smtpd_session *s, struct span args)
{
	return smtpd_reply(
	        s, 214, "2.0.0", "EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY%s%s; see RFC 5321",
	        s->server->tls ? " STARTTLS" : "", smtpd_is_submission(s) ? " AUTH" : "");
}

/* RFC 3207 4.2: what was buffered before the handshake is discarded, what was
 * said before it is forgotten. */
WAITS int smtpd_cmd_starttls(struct smtpd_session *s, struct span args)
{
	char ip[ADDRESS_TEXT_BYTES];

	if (!s->server->tls || !s->ehlo)
		return smtpd_reply(s, 502, "5.5.1", "STARTTLS is not offered here");
	if (stream_tls(s->stream))
		return smtpd_reply(s, 503, "5.5.1", "TLS is active already");
	if (args.n)
		return smtpd_reply(s, 501, "5.5.4", "STARTTLS takes no argument");
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
