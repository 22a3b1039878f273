/* smtpd/cmd_hello.c - HELO and EHLO: who calls, and what we offer.
 *
 * RFC 5321 4.1.1.1 (and 4.1.4: a new one resets the transaction); the extensions'
 * own RFCs are named in wire/smtp/ext.h.
 */
#include "smtpd/session.h"

#include "wire/smtp/reply.h"

/* RFC 5321 4.1.4: a name that is none must not be refused for that alone; what
 * could forge a header line or a reply is. */
static WAITS int take_name(struct smtpd_session *s, struct span args)
{
	if (!args.n)
		return smtpd_reply(s, 501, "5.5.4", "Say who you are: EHLO your.host.name");
	for (size_t i = 0; i < args.n; i++)
		if ((unsigned char)args.p[i] <= ' ' || args.p[i] == 127)
			return smtpd_reply(s, 501, "5.5.4", "That is no host name");
	if (args.n > SMTP_DOMAIN_MAX)
		return smtpd_reply(s, 501, "5.5.4", "Host name too long");
	smtpd_forget(s, false);
	s->helo = strndup(args.p, args.n);
	return s->helo ? 1 : smtpd_reply_err(s, ERR_NO_MEMORY);
}

WAITS int smtpd_cmd_helo(struct smtpd_session *s, struct span args)
{
	int r = take_name(s, args);
	if (r != 1)
		return r;
	s->extensions = 0;
	return smtpd_reply(s, 250, NULL, "%s", s->set->server_hostname);
}

WAITS int smtpd_cmd_ehlo(struct smtpd_session *s, struct span args)
{
	int r = take_name(s, args);
	if (r != 1)
		return r;
	bool tls = s->server->tls && !stream_tls(s->stream);
	bool auth = smtpd_is_submission(s) && !s->login && smtpd_auth_permitted(s);
	s->ehlo = true;
	s->extensions = SMTP_EXT_SIZE | SMTP_EXT_PIPELINING | SMTP_EXT_8BITMIME |
	                SMTP_EXT_SMTPUTF8 | SMTP_EXT_ENHANCEDSTATUSCODES |
	                (tls ? SMTP_EXT_STARTTLS : 0) |
	                (smtpd_is_submission(s) ? SMTP_EXT_AUTH : 0);

	AUTO_BUF text = BUF(1024);
	buf_printf(&text, "%s\nPIPELINING\nSIZE %jd\n8BITMIME\nSMTPUTF8\n", s->set->server_hostname,
	           (intmax_t)s->set->smtp_size_max);
	if (tls)
		buf_puts(&text, "STARTTLS\n");
	if (auth)
		buf_puts(&text, "AUTH PLAIN LOGIN\n");
	buf_puts(&text, "ENHANCEDSTATUSCODES");
	AUTO_BUF out = BUF(4096);
	r = smtp_reply_print(&out, 250, NULL, buf_span(&text));
	return r < 0 ? r : stream_put(s->stream, buf_span(&out));
}
