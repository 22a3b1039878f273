/* smtpd/reply.c - replies, and the price of too many errors.
 *
 * RFC 5321 4.2; RFC 2034 (enhanced codes).  Errors cost their source time, and end a session that
 * makes too many.
 */
#include "smtpd/session.h"

#include <stdio.h>

#include "base/event.h"
#include "policy/bans.h"
#include "policy/penalty.h"
#include "rt/loop.h"
#include "wire/smtp/reply.h"

enum {
	TEXT_MAX = 1024,           /* octets of one formatted text; the rest is cut    */
	REPLY_MAX = 20 * TEXT_MAX, /* of it as printed: escaped, or each octet a line  */
	FREE_MAX = 10000,          /* refusals since MAIL, before each costs           */
};

WAITS int smtpd_reply_lines(struct smtpd_session *s, int code, const char *enhanced,
                            struct span text)
{
	AUTO_BUF out = BUF(REPLY_MAX);
	int r = smtp_reply_print(&out, code, enhanced, text);

	s->code = code;
	return r < 0 ? r : stream_put(s->stream, buf_span(&out));
}

WAITS int smtpd_count_error(struct smtpd_session *s)
{
	const struct address *peer = stream_peer(s->stream);
	char text[BANS_TEXT_BYTES] = "Too many errors, closing";
	bool ends = ++s->n_errors > s->set->smtp_errors_max;

	if (!smtpd_is_lmtp(s) && bans_harm(s->set, peer, s->harm, loop_now_at()))
		ends = bans_text(s->set, peer, loop_now_at(), text);
	if (ends) {
		int r = smtpd_reply_lines(s, 421, "4.7.0", span_str(text));
		if (r >= 0)
			r = stream_flush(s->stream);
		return r < 0 ? r : ERR_REFUSED;
	}
	return penalty_pay(s->set, peer); /* WAITS */
}

WAITS int smtpd_reply_free(struct smtpd_session *s, int code, const char *enhanced,
                           struct span text)
{
	int r = ++s->n_free > FREE_MAX ? smtpd_count_error(s) : 0;

	return r < 0 ? r : smtpd_reply_lines(s, code, enhanced, text);
}

WAITS int smtpd_reply(struct smtpd_session *s, int code, const char *enhanced, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	int r = code >= 500 ? smtpd_count_error(s) : 0;
	return r < 0 ? r : smtpd_reply_lines(s, code, enhanced, span_str(text));
}

static bool is_ours(int r)
{
	return err_class(r) == ERR_CLASS_BUG || err_class(r) == ERR_CLASS_TEMP;
}

bool smtpd_is_end(int r)
{
	return r == ERR_CANCELLED || r == ERR_CLOSED || r == ERR_TIMEOUT;
}

/* The session says so when it closes. */
static int login_ended(struct smtpd_session *s)
{
	char ip[ADDRESS_TEXT_BYTES];

	event_log(EVENT_auth_failed, "client=%s account=%s reason=%s",
	          address_text(stream_peer(s->stream), false, ip), s->login.account,
	          err_str(ERR_TICKET));
	return ERR_TICKET;
}

struct intake_no smtpd_no_ours(int r)
{
	struct intake_no no = { 0 };
	const char *text;

	/* The words may name files: they are for the log. */
	event_log(EVENT_internal_error, "what=%s reason=%s", err_name(r), err_str(r));
	err_reply(is_ours(r) ? r : ERR_BUG, &no.code, &no.enhanced, &text);
	snprintf(no.text, sizeof no.text, "%s", text);
	return no;
}

WAITS int smtpd_reply_no(struct smtpd_session *s, const struct intake_no *no)
{
	return smtpd_is_lmtp(s) ? smtpd_reply_lines(s, no->code, no->enhanced, span_str(no->text))
	                        : smtpd_reply(s, no->code, no->enhanced, "%s", no->text);
}

WAITS int smtpd_reply_ours(struct smtpd_session *s, int r)
{
	if (smtpd_is_end(r))
		return r;
	if (r == ERR_TICKET)
		return login_ended(s);
	struct intake_no no = smtpd_no_ours(r);
	return smtpd_reply(s, no.code, no.enhanced, "%s", no.text);
}

WAITS int smtpd_reply_err(struct smtpd_session *s, int r)
{
	const char *enhanced, *text;
	int code;

	if (smtpd_is_end(r) || is_ours(r))
		return smtpd_reply_ours(s, r);
	err_reply(r, &code, &enhanced, &text);
	return smtpd_reply(s, code, enhanced, "%s", err_str(r));
}
