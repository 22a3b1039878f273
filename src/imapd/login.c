/* imapd/login.c - who is there: CAPABILITY, STARTTLS, LOGIN, AUTHENTICATE.
 *
 * RFC 3501 6.2; RFC 4959 (SASL-IR).  How IMAP frames a login (login/login.h).
 */
#include "imapd/session.h"

#include "base/event.h"
#include "wire/imap/args/login.h"

const struct imap_reader_limits imapd_limits_before = { .line = 16 << 10,
	                                                .literal = 4096,
	                                                .command = 24 << 10,
	                                                .nonsync = 4096,
	                                                .swallow = 64 << 10,
	                                                .secret = true };
const struct imap_reader_limits imapd_limits_after = { .line = IMAP_LINE_MAX,
	                                               .literal = 256 << 10,
	                                               .command = 512 << 10,
	                                               .nonsync = UINT64_MAX,
	                                               .swallow = 64 << 20 };

int imapd_put_capability(struct imapd_session *s, struct buf *out)
{
	uint64_t told = imap_capabilities(imapd_state(s));
	AUTO_BUF mechanisms = BUF(256);
	struct imap_capability_values v = { .append_limit = (uint64_t)s->set->smtp_size_max };

	if (stream_tls(s->stream) || !s->server->tls)
		told &= ~IMAP_CAP(STARTTLS);
	told &= ~(login_permitted(s->stream, s->set) ? IMAP_CAP(LOGINDISABLED) : IMAP_CAP(AUTH));
	login_mechanisms_put(s->stream, s->set, &mechanisms);
	v.mechanisms = buf_span(&mechanisms);
	return imap_put_capabilities(out, told, &v);
}

WAITS int imapd_cmd_capability(struct imapd_session *s, struct imapd_call *c)
{
	int r = imapd_bad(c, imap_take_end(&c->args));

	buf_puts(&c->out, r < 0 ? "" : "* CAPABILITY ");
	if (r >= 0)
		imapd_put_capability(s, &c->out);
	buf_puts(&c->out, r < 0 ? "" : "\r\n");
	return r;
}

WAITS int imapd_cmd_enable(struct imapd_session *s, struct imapd_call *c)
{
	uint64_t caps;
	int r = imapd_bad(c, imap_enable_parse(&c->args, &caps));

	if (r < 0)
		return r;
	if (caps & IMAP_CAP(QRESYNC)) /* RFC 7162 3.2.3 */
		caps |= IMAP_CAP(CONDSTORE);
	buf_puts(&c->out, caps ? "* ENABLED " : "* ENABLED");
	imap_put_enabled(&c->out, caps);
	buf_puts(&c->out, "\r\n");
	if (caps & IMAP_CAP(CONDSTORE))
		r = imapd_condstore(s, c); /* WAITS */
	s->enabled |= caps;
	return r;
}

/* RFC 3501 6.2.1: what was buffered before the handshake is discarded. */
WAITS int imapd_cmd_starttls(struct imapd_session *s, struct imapd_call *c)
{
	char ip[ADDRESS_TEXT_BYTES];
	int r = imapd_bad(c, imap_take_end(&c->args));

	if (r < 0)
		return r;
	if (stream_tls(s->stream) || !s->server->tls)
		return imapd_no(c, "", stream_tls(s->stream) ? "TLS is on already" : "No TLS here");
	c->text = "Go ahead";
	r = imapd_answer(s, c, 0); /* WAITS */
	if (r >= 0)
		r = stream_flush(s->stream); /* WAITS */
	imapd_taken(s);
	if (r >= 0)
		r = stream_tls_accept(s->stream, s->server->tls); /* WAITS */
	if (r < 0) {
		event_log(EVENT_tls_failed, "client=%s reason=%s",
		          address_text(stream_peer(s->stream), true, ip), err_str(r));
		return r == ERR_CANCELLED ? r : ERR_CLOSED;
	}
	c->silent = true;
	return 0;
}

static WAITS int count_failure(struct imapd_session *s, struct imapd_call *c)
{
	if (++s->n_auth_failures < LOGIN_FAILURES_MAX)
		return imapd_no(c, "AUTHENTICATIONFAILED", "Wrong name or password");
	int r = imapd_say(s, "BYE", "Too many wrong passwords, closing"); /* WAITS */
	return r < 0 ? r : ERR_CLOSED;
}

static WAITS int failed(struct imapd_session *s, struct imapd_call *c, int why)
{
	const char *words = arena_str(&c->mem, span_str(err_str(why)));

	switch (why) {
	case ERR_CANCELLED: return why;
	case ERR_AUTH: return count_failure(s, c); /* WAITS */
	case ERR_REFUSED: return imapd_bad(c, err(ERR_SYNTAX, "AUTHENTICATE: cancelled"));
	case ERR_SYNTAX: return imapd_bad(c, why);
	case ERR_UNKNOWN: return imapd_no(c, "CANNOT", words);
	case ERR_TLS: return imapd_no(c, "PRIVACYREQUIRED", words);
	case ERR_LIMIT: return imapd_no(c, "UNAVAILABLE", words);
	default: return imapd_no(c, "UNAVAILABLE", "Cannot check passwords now, try later");
	}
}

static int welcome(struct imapd_session *s, struct imapd_call *c, const struct login_step *done)
{
	AUTO_BUF caps = BUF(4096);
	int r = login_keep(&s->login, done, s->stream);

	if (r < 0)
		return r;
	s->reader.limits = &imapd_limits_after;
	imapd_taken(s);
	stream_guard(s->stream, false);
	buf_puts(&caps, "CAPABILITY ");
	imapd_put_capability(s, &caps);
	c->code = arena_str(&c->mem, buf_span(&caps));
	c->text = "Welcome";
	return 0;
}

WAITS int imapd_cmd_login(struct imapd_session *s, struct imapd_call *c)
{
	const struct login_from from = { s->stream, s->set, TICKET_IMAP };
	struct imap_login login;
	struct login_step done;
	int r = imapd_bad(c, imap_login_parse(&c->args, &login));

	if (r < 0)
		return r;
	r = login_password(&from, login.user, login.password, &c->mem, &done); /* WAITS */
	return r < 0 ? failed(s, c, r) : welcome(s, c, &done);                 /* WAITS */
}

/* Challenges and answers, from the first step on. */
static WAITS int converse(struct imapd_session *s, struct imapd_call *c, struct login *l,
                          const struct imap_authenticate *a)
{
	struct login_step step;
	int r = login_feed(l, a->initial, a->has_initial, &step); /* WAITS */

	while (r == LOGIN_CHALLENGE) {
		r = stream_printf(s->stream, "+ %.*s\r\n", SPAN_ARG(step.challenge)); /* WAITS */
		if (r >= 0)
			r = imapd_line(s); /* WAITS */
		if (r < 0)
			return imapd_bad(c, r);
		r = login_feed(l, s->reader.text, true, &step); /* WAITS */
	}
	return r < 0 ? failed(s, c, r) : welcome(s, c, &step); /* WAITS */
}

static int no_such_mechanism(struct imapd_session *s, struct imapd_call *c)
{
	AUTO_BUF names = BUF(256);

	login_mechanisms_put(s->stream, s->set, &names);
	return imapd_no(c, "CANNOT", arena_printf(&c->mem, "Mechanisms here: %s", buf_str(&names)));
}

WAITS int imapd_cmd_authenticate(struct imapd_session *s, struct imapd_call *c)
{
	const struct login_from from = { s->stream, s->set, TICKET_IMAP };
	struct imap_authenticate a;
	struct login *l;
	int r = imapd_bad(c, imap_authenticate_parse(&c->args, &a));

	if (r < 0)
		return r;
	r = login_open(&from, a.mechanism, &l);
	if (r < 0)
		return r == ERR_UNKNOWN ? no_such_mechanism(s, c) : failed(s, c, r); /* WAITS */
	r = converse(s, c, l, &a);                                                   /* WAITS */
	login_close(l);
	return r;
}
