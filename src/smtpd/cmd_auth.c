/* smtpd/cmd_auth.c - AUTH (RFC 4954): how SMTP frames a login (login/login.h). */
#include "smtpd/session.h"

static WAITS int count_failure(struct smtpd_session *s)
{
	if (++s->n_auth_failures < LOGIN_FAILURES_MAX)
		return smtpd_reply(s, 535, "5.7.8", "Wrong name or password");
	int r = smtpd_reply(s, 421, "4.7.0", "Too many wrong passwords, closing");
	if (r >= 0)
		r = stream_flush(s->stream);
	return r < 0 ? r : ERR_AUTH;
}

static WAITS int failed(struct smtpd_session *s, int why)
{
	switch (why) {
	case ERR_CANCELLED: return why;
	case ERR_AUTH: return count_failure(s); /* WAITS */
	case ERR_REFUSED: return smtpd_reply(s, 501, "5.7.0", "Cancelled");
	case ERR_SYNTAX: return smtpd_reply(s, 501, "5.5.2", "%s", err_str(why));
	case ERR_UNKNOWN: return smtpd_reply(s, 504, "5.5.4", "%s", err_str(why));
	case ERR_LIMIT: return smtpd_reply(s, 454, "4.7.0", "%s", err_str(why));
	default: return smtpd_reply(s, 454, "4.7.0", "Cannot check passwords now, try later");
	}
}

static WAITS int welcome(struct smtpd_session *s, const struct login_step *done)
{
	int r = login_keep(&s->login, done, s->stream);

	stream_guard(s->stream, false);
	return r < 0 ? smtpd_reply_err(s, r) : smtpd_reply(s, 235, "2.7.0", "Welcome");
}

/* Challenges and answers, from the first step on.  Ends with a reply. */
static WAITS int converse(struct smtpd_session *s, struct login *l, struct span initial)
{
	struct login_step step;
	struct span line;
	int r = login_feed(l, initial, initial.n > 0, &step); /* WAITS */

	while (r == LOGIN_CHALLENGE) {
		r = stream_printf(s->stream, "334 %.*s\r\n", SPAN_ARG(step.challenge)); /* WAITS */
		if (r >= 0)
			r = stream_read_line(s->stream, LOGIN_LINE_MAX, &line); /* WAITS */
		if (r == ERR_TOO_LONG)
			return smtpd_reply(s, 500, "5.5.6", "Answer too long");
		if (r < 0)
			return r;
		r = login_feed(l, line, true, &step); /* WAITS */
	}
	return r < 0 ? failed(s, r) : welcome(s, &step); /* WAITS */
}

static WAITS int no_such_mechanism(struct smtpd_session *s)
{
	AUTO_BUF names = BUF(256);

	login_mechanisms_put(s->stream, s->set, &names);
	return smtpd_reply(s, 504, "5.5.4", "Mechanisms here: %s", buf_str(&names));
}

WAITS int smtpd_cmd_auth(struct smtpd_session *s, struct span args)
{
	const struct login_from from = { s->stream, s->set, TICKET_SMTP };
	struct span mechanism;
	struct login *l;

	if (!span_split(&args, ' ', &mechanism))
		return smtpd_reply(s, 501, "5.5.4", "Syntax: AUTH mechanism");
	int r = login_open(&from, mechanism, &l);
	if (r == ERR_UNKNOWN)
		return no_such_mechanism(s); /* WAITS */
	if (r < 0)
		return failed(s, r);         /* WAITS */
	r = converse(s, l, span_trim(args)); /* WAITS */
	login_close(l);
	return r;
}
