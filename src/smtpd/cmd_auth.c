/* smtpd/cmd_auth.c - AUTH PLAIN and LOGIN.
 *
 * RFC 4954 (the command), RFC 4616 (PLAIN), draft-murchison-sasl-login (LOGIN).
 * Passwords are checked in the auth role, and never travel in clear text unless
 * on loopback and configured.
 */
#include "smtpd/session.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "calls/auth.h"
#include "base/base64.h"
#include "base/event.h"
#include "rt/loop.h"

enum { AUTH_DECODED_MAX = 2048, AUTH_FAILURES_MAX = 3, AUTH_FAILURE_MS = 1000 };
enum { RENEW_MS = 10000, RENEW_AGAIN_MS = 60000 };

static void wipe(struct buf *b)
{
	if (b->p)
		OPENSSL_cleanse(b->p, b->room);
	buf_fini(b);
}
#define SECRET_BUF AUTO(wipe) struct buf

/* 1: decoded into out.  0: a reply was sent, the exchange is over.  Negative: end. */
static WAITS int decode(struct smtpd_session *s, struct span text, struct buf *out)
{
	if (span_eq(text, SPAN("*")))
		return smtpd_reply(s, 501, "5.7.0", "Cancelled");
	if (span_eq(text, SPAN("="))) /* RFC 4954 4: an empty initial response */
		return 1;
	return base64_decode(text, out) < 0 ? smtpd_reply(s, 501, "5.5.2", "Not base64") : 1;
}

/* Asks with a prompt (base64) and decodes the answer; as decode. */
static WAITS int ask(struct smtpd_session *s, const char *prompt, struct buf *out)
{
	struct span line;
	int r = stream_printf(s->stream, "334 %s\r\n", prompt);

	if (r >= 0)
		r = stream_read_line(s->stream, SMTP_AUTH_LINE_MAX, &line);
	if (r == ERR_TOO_LONG)
		return smtpd_reply(s, 500, "5.5.6", "Answer too long");
	return r < 0 ? r : decode(s, line, out);
}

static WAITS int failed(struct smtpd_session *s, struct span name, int why)
{
	char ip[ADDRESS_TEXT_BYTES];

	event_log(EVENT_auth_failed, "client=%s account=%.*s reason=%s",
	          address_text(stream_peer(s->stream), false, ip), SPAN_ARG(name), err_str(why));
	if (why == ERR_LIMIT)
		return smtpd_reply(s, 454, "4.7.0", "%s", err_str(why));
	if (why != ERR_AUTH)
		return why == ERR_CANCELLED ? why
		                            : smtpd_reply(s, 454, "4.7.0",
		                                          "Cannot check passwords now, try later");
	int r = fibre_sleep(AUTH_FAILURE_MS);
	if (r < 0)
		return r;
	if (++s->n_auth_failures < AUTH_FAILURES_MAX)
		return smtpd_reply(s, 535, "5.7.8", "Wrong name or password");
	r = smtpd_reply(s, 421, "4.7.0", "Too many wrong passwords, closing");
	if (r >= 0)
		r = stream_flush(s->stream);
	return r < 0 ? r : ERR_AUTH;
}

static int keep_ticket(struct smtpd_session *s, struct span octets, int64_t renew_at)
{
	buf_fini(&s->ticket);
	buf_init(&s->ticket, TICKET_OCTETS_MAX);
	s->renew_at = renew_at;
	return buf_put(&s->ticket, octets);
}

WAITS int smtpd_renew_login(struct smtpd_session *s)
{
	AUTO_ARENA mem = { 0 };
	struct ticket_carried fresh;

	if (!s->login)
		return 0;
	if (!s->ticket.n)
		return err(ERR_TICKET, "the login has ended");
	if (loop_now_at() < s->renew_at)
		return 0;
	FIBRE_TIMEOUT(RENEW_MS);
	struct ticket_renew_args a = { .octets = buf_span(&s->ticket) };
	int r = ticket_renew(&a, &mem, &fresh);
	if (r >= 0)
		return keep_ticket(s, fresh.octets, fresh.renew_at);
	s->renew_at = clock_add(loop_now_at(), RENEW_AGAIN_MS);
	if (r == ERR_TICKET)
		buf_fini(&s->ticket);
	return r == ERR_TICKET || r == ERR_CANCELLED ? r : 0;
}

static WAITS int check(struct smtpd_session *s, struct span name, struct span password)
{
	AUTO_ARENA mem = { 0 };
	struct auth_check_reply ok;
	char ip[ADDRESS_TEXT_BYTES];
	struct auth_check_args a = { name, password,
		                     span_str(address_text(stream_peer(s->stream), false, ip)),
		                     TICKET_SMTP };

	int r = auth_check(&a, &mem, &ok);
	if (r < 0)
		return failed(s, name, r);
	s->login = strndup(ok.account.p, ok.account.n);
	if (!s->login || keep_ticket(s, ok.ticket, ok.renew_at) < 0) {
		free(TAKE(s->login));
		return smtpd_reply_err(s, ERR_NO_MEMORY);
	}
	event_log(EVENT_auth_succeeded, "client=%s account=%s", ip, s->login);
	return smtpd_reply(s, 235, "2.7.0", "Welcome");
}

/* RFC 4616 2: [authzid] NUL authcid NUL password. */
static WAITS int plain(struct smtpd_session *s, struct span initial)
{
	SECRET_BUF secret = BUF(AUTH_DECODED_MAX);
	struct span who, name;
	int r = initial.n ? decode(s, initial, &secret) : ask(s, "", &secret);

	if (r != 1)
		return r;
	struct span rest = buf_span(&secret);
	if (!span_split(&rest, 0, &who) || !span_split(&rest, 0, &name) || !name.n)
		return smtpd_reply(s, 501, "5.5.2", "PLAIN is [who] NUL name NUL password");
	if (who.n && !span_eq_nocase(who, name))
		return failed(s, name, err(ERR_AUTH, "may not act as %.*s", SPAN_ARG(who)));
	return check(s, name, rest);
}

static WAITS int login(struct smtpd_session *s, struct span initial)
{
	SECRET_BUF name = BUF(AUTH_DECODED_MAX);
	SECRET_BUF password = BUF(AUTH_DECODED_MAX);
	int r = initial.n ? decode(s, initial, &name) : ask(s, "VXNlcm5hbWU6", &name);

	if (r == 1)
		r = ask(s, "UGFzc3dvcmQ6", &password);
	return r != 1 ? r : check(s, buf_span(&name), buf_span(&password));
}

WAITS int smtpd_cmd_auth(struct smtpd_session *s, struct span args)
{
	struct span mechanism;

	if (!span_split(&args, ' ', &mechanism))
		return smtpd_reply(s, 501, "5.5.4", "Syntax: AUTH mechanism");
	args = span_trim(args);
	if (span_eq_nocase(mechanism, SPAN("PLAIN")))
		return plain(s, args);
	if (span_eq_nocase(mechanism, SPAN("LOGIN")))
		return login(s, args);
	return smtpd_reply(s, 504, "5.5.4", "Mechanisms here: " SMTPD_MECHANISMS);
}
