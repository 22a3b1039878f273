/* smtpd/cmd_hello.c - HELO, EHLO and LHLO: who calls, and what we offer.
 *
 * RFC 5321 4.1.1.1 (and 4.1.4: a new one resets the transaction), RFC 2033 4.1; the extensions:
 * wire/smtp/extensions.def.
 */
#include "smtpd/session.h"

#include "smtpd/verbs.h"

enum { EHLO_MAX = 1024 };

/* RFC 5321 4.1.4: a name that is none must not be refused for that alone; what
 * could forge a header line or a reply is. */
static WAITS int take_name(struct smtpd_session *s, struct span args)
{
	if (!args.n)
		return smtpd_reply(s, 501, "5.5.4", "Say who you are: %s your.host.name",
		                   smtpd_is_lmtp(s) ? "LHLO" : "EHLO");
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

/* "WORD", with what stands behind it. */
static void put_word(const struct smtpd_session *s, unsigned at, struct buf *out)
{
	static const char *const words[] = {
#define EXTENSION(WORD, ...) [SMTP_EXT_AT_##WORD] = #WORD,
#include "wire/smtp/extensions.def"
#undef EXTENSION
	};

	buf_printf(out, "\n%s", words[at]);
	if (at == SMTP_EXT_AT_SIZE)
		buf_printf(out, " %jd", (intmax_t)s->set->smtp_size_max);
	if (at == SMTP_EXT_AT_AUTH) {
		buf_putc(out, ' ');
		login_mechanisms_put(s->stream, s->set, out);
	}
}

WAITS int smtpd_cmd_ehlo(struct smtpd_session *s, struct span args)
{
	AUTO_BUF text = BUF(EHLO_MAX);
	int r = take_name(s, args);

	if (r != 1)
		return r;
	s->ehlo = true;
	s->extensions = smtpd_words_open(smtpd_facts(s));
	unsigned told = smtpd_words_told(smtpd_facts(s));
	buf_puts(&text, s->set->server_hostname);
	for (unsigned at = 0; at < SMTP_EXT_COUNT; at++)
		if (told & 1u << at)
			put_word(s, at, &text);
	return text.err ? smtpd_reply_err(s, text.err)
	                : smtpd_reply_lines(s, 250, NULL, buf_span(&text));
}
