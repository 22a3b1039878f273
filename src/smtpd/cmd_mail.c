/* smtpd/cmd_mail.c - MAIL FROM: begin a transaction.
 *
 * RFC 5321 4.1.1.2; RFC 1870 (SIZE), RFC 6152 (BODY), RFC 6531 (SMTPUTF8),
 * RFC 4954 5 (AUTH=, taken and not used); RFC 6409 6.1 (the sender is the account's own).
 */
#include "smtpd/session.h"

#include "base/event.h"

/* Who is at a Unix socket has none. */
static const char *peer_text(const struct smtpd_session *s, char ip[ADDRESS_TEXT_BYTES])
{
	const struct address *peer = stream_peer(s->stream);

	return peer->len ? address_text(peer, false, ip) : "";
}

/* What intake is to know of the client; the spans live as long as the session's transaction. */
static struct intake_source source(const struct smtpd_session *s, char ip[ADDRESS_TEXT_BYTES])
{
	const struct tls_facts *tls = stream_tls(s->stream);

	return (struct intake_source){
		.kind = smtpd_is_submission(s) ? INTAKE_SUBMISSION : INTAKE_TRANSFER,
		.may_relay = smtpd_may_relay(s),
		.greylisted =
		        s->server->kind == SMTPD_SMTP && !smtpd_may_relay(s) && !s->is_known_good,
		.answers_each = smtpd_is_lmtp(s),
		.login = span_str(s->login.account),
		.client_address = span_str(peer_text(s, ip)),
		.trace = { .helo = span_str(s->helo),
		           .rdns = span_str(s->rdns),
		           .ehlo = s->ehlo,
		           .lmtp = smtpd_is_lmtp(s),
		           .tls = tls != NULL,
		           .tls_version = span_str(tls ? tls->version : NULL),
		           .tls_cipher = span_str(tls ? tls->cipher : NULL) },
	};
}

static WAITS int open_tx(struct smtpd_session *s, const struct smtp_path *from,
                         const struct smtp_mail_params *params)
{
	char ip[ADDRESS_TEXT_BYTES];
	struct intake_source who = source(s, ip);
	struct intake_no no;
	who.octets = params->has_size ? params->size : 0;
	int r = intake_open(s->set, &who, &s->tx);

	if (r >= 0)
		r = smtpd_client_note(s);
	if (r >= 0)
		r = smtpd_login_renew(s); /* WAITS */
	if (r >= 0)
		r = intake_sender(s->tx, from, params->smtputf8, &no); /* WAITS */
	if (r >= 0)
		return smtpd_reply(s, 250, "2.1.0", "Sender ok");
	if (r == ERR_REFUSED)
		event_log(EVENT_message_refused, "client=%s return_path=%.*s code=%d reason=%s", ip,
		          SPAN_ARG(s->tx->return_path), no.code, no.text);
	smtpd_tx_end(s); /* WAITS */
	return r == ERR_REFUSED ? smtpd_reply(s, no.code, no.enhanced, "%s", no.text)
	                        : smtpd_reply_ours(s, r);
}

static WAITS int begin(struct smtpd_session *s, struct span args)
{
	struct smtp_path from;
	struct smtp_mail_params params;

	if (!span_eat_nocase(&args, SPAN("FROM:")))
		return smtpd_reply(s, 501, "5.5.4", "Syntax: MAIL FROM:<address>");
	int r = smtp_path_parse(span_trim_left(args), SMTP_PATH_NULL, &from, &args);
	if (r < 0)
		return smtpd_reply(s, 501, "5.1.7", "Bad sender address: %s", err_str(r));
	r = smtp_mail_params_parse(args, s->extensions, &params);
	if (r < 0)
		return smtpd_reply(s, r == ERR_UNKNOWN ? 555 : 501, "5.5.4", "Bad parameter: %s",
		                   err_str(r));
	if (from.utf8 && !params.smtputf8)
		return smtpd_reply(s, 553, "5.6.7", "The address needs SMTPUTF8");
	if (params.has_size && params.size > (uint64_t)s->set->smtp_size_max)
		return smtpd_reply(s, 552, "5.3.4", "Message too big: at most %jd octets",
		                   (intmax_t)s->set->smtp_size_max);
	r = smtpd_client_ask(s); /* WAITS */
	if (r < 0)
		return r;
	return open_tx(s, &from, &params);
}

WAITS int smtpd_cmd_mail(struct smtpd_session *s, struct span args)
{
	s->n_free = 0;
	int r = begin(s, args);
	s->mail_refused = s->tx ? 0 : s->code;
	return r;
}
