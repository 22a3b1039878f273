/* imapd/login.c - who is there: CAPABILITY, STARTTLS, LOGIN, AUTHENTICATE, and what a login lasts.
 *
 * RFC 3501 6.2; RFC 4959 (SASL-IR); RFC 4616 (PLAIN).  Passwords are checked in the auth role, and
 * never travel in clear text unless on loopback and configured.
 */
#include "imapd/session.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/event.h"
#include "calls/auth.h"
#include "rt/loop.h"
#include "wire/imap/args/login.h"

enum { AUTH_DECODED_MAX = 2048, AUTH_FAILURES_MAX = 3, AUTH_FAILURE_MS = 1000 };
enum { RENEW_MS = 10000, RENEW_AGAIN_MS = 60000 };

const struct imap_reader_limits imapd_limits_before = {
	.line = 16 << 10, .literal = 4096, .command = 24 << 10, .nonsync = 4096, .swallow = 64 << 10
};
const struct imap_reader_limits imapd_limits_after = { .line = IMAP_LINE_MAX,
	                                               .literal = 256 << 10,
	                                               .command = 512 << 10,
	                                               .nonsync = UINT64_MAX,
	                                               .swallow = 64 << 20 };

/* What works here. */
#define OFFERED                                                                                    \
	(IMAP_CAP(IMAP4REV1) | IMAP_CAP(LITERAL_PLUS) | IMAP_CAP(SASL_IR) | IMAP_CAP(ID) |         \
	 IMAP_CAP(ENABLE) | IMAP_CAP(IDLE) | IMAP_CAP(NAMESPACE) | IMAP_CAP(UNSELECT) |            \
	 IMAP_CAP(UIDPLUS) | IMAP_CAP(MOVE) | IMAP_CAP(CHILDREN) | IMAP_CAP(LIST_EXTENDED) |       \
	 IMAP_CAP(LIST_STATUS) | IMAP_CAP(SPECIAL_USE) | IMAP_CAP(CREATE_SPECIAL_USE) |            \
	 IMAP_CAP(ESEARCH) | IMAP_CAP(SEARCHRES) | IMAP_CAP(WITHIN) | IMAP_CAP(CONDSTORE) |        \
	 IMAP_CAP(QRESYNC) | IMAP_CAP(QUOTA) | IMAP_CAP(QUOTA_STORAGE) | IMAP_CAP(APPENDLIMIT) |   \
	 IMAP_CAP(OBJECTID) | IMAP_CAP(SAVEDATE) | IMAP_CAP(STATUS_SIZE) | IMAP_CAP(SORT) |        \
	 IMAP_CAP(THREAD_REFERENCES) | IMAP_CAP(THREAD_ORDEREDSUBJECT) | IMAP_CAP(BINARY) |        \
	 IMAP_CAP(MULTIAPPEND) | IMAP_CAP(COMPRESS_DEFLATE))

static bool clear_ok(const struct imapd_session *s)
{
	return stream_tls(s->stream) ||
	       (s->set->smtp_plain_auth_on_loopback && address_is_loopback(stream_peer(s->stream)));
}

int imapd_put_capability(struct imapd_session *s, struct buf *out)
{
	uint64_t told = imap_capabilities(imapd_state(s)) &
	                (OFFERED | IMAP_CAP(STARTTLS) | IMAP_CAP(LOGINDISABLED) | IMAP_CAP(AUTH));
	struct imap_capability_values v = { .mechanisms = SPAN("PLAIN"),
		                            .append_limit = (uint64_t)s->set->smtp_size_max };

	if (stream_tls(s->stream) || !s->server->tls)
		told &= ~IMAP_CAP(STARTTLS);
	told &= ~(clear_ok(s) ? IMAP_CAP(LOGINDISABLED) : IMAP_CAP(AUTH));
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
	caps &= OFFERED;
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

static int keep_ticket(struct imapd_session *s, struct span octets, int64_t renew_at)
{
	buf_fini(&s->ticket);
	buf_init(&s->ticket, TICKET_OCTETS_MAX);
	s->renew_at = renew_at;
	return buf_put(&s->ticket, octets);
}

WAITS int imapd_renew_login(struct imapd_session *s)
{
	AUTO_ARENA mem = { 0 };
	struct ticket_carried fresh;

	if (loop_now_at() < s->renew_at)
		return 0;
	FIBRE_TIMEOUT(RENEW_MS);
	struct ticket_renew_args a = { .octets = buf_span(&s->ticket) };
	int r = ticket_renew(&a, &mem, &fresh); /* WAITS */
	if (r >= 0)
		return keep_ticket(s, fresh.octets, fresh.renew_at);
	s->renew_at = clock_add(loop_now_at(), RENEW_AGAIN_MS);
	return r == ERR_TICKET || r == ERR_CANCELLED ? r : 0;
}

static WAITS int failed(struct imapd_session *s, struct imapd_call *c, struct span name, int why)
{
	char ip[ADDRESS_TEXT_BYTES];

	event_log(EVENT_auth_failed, "client=%s account=%.*s reason=%s",
	          address_text(stream_peer(s->stream), false, ip), SPAN_ARG(name), err_str(why));
	if (why == ERR_LIMIT)
		return imapd_no(c, "UNAVAILABLE", arena_str(&c->mem, span_str(err_str(why))));
	if (why != ERR_AUTH)
		return why == ERR_CANCELLED ? why
		                            : imapd_no(c, "UNAVAILABLE",
		                                       "Cannot check passwords now, try later");
	int r = fibre_sleep(AUTH_FAILURE_MS); /* WAITS */
	if (r < 0)
		return r;
	if (++s->n_auth_failures < AUTH_FAILURES_MAX)
		return imapd_no(c, "AUTHENTICATIONFAILED", "Wrong name or password");
	r = imapd_say(s, "BYE", "Too many wrong passwords, closing"); /* WAITS */
	return r < 0 ? r : ERR_CLOSED;
}

static WAITS int check(struct imapd_session *s, struct imapd_call *c, struct span name,
                       struct span password)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF caps = BUF(4096);
	struct auth_check_reply ok;
	char ip[ADDRESS_TEXT_BYTES];
	struct auth_check_args a = { name, password,
		                     span_str(address_text(stream_peer(s->stream), false, ip)),
		                     TICKET_IMAP };
	int r = auth_check(&a, &mem, &ok); /* WAITS */

	if (r < 0)
		return failed(s, c, name, r); /* WAITS */
	s->login = strndup(ok.account.p, ok.account.n);
	if (!s->login || keep_ticket(s, ok.ticket, ok.renew_at) < 0) {
		free(TAKE(s->login));
		return ERR_NO_MEMORY;
	}
	event_log(EVENT_auth_succeeded, "client=%s account=%s", ip, s->login);
	s->reader.limits = &imapd_limits_after;
	buf_puts(&caps, "CAPABILITY ");
	imapd_put_capability(s, &caps);
	c->code = arena_str(&c->mem, buf_span(&caps));
	c->text = "Welcome";
	return 0;
}

static const char no_clear[] = "No passwords in clear text: STARTTLS first";

WAITS int imapd_cmd_login(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_login login;
	int r = imapd_bad(c, imap_login_parse(&c->args, &login));

	if (r < 0)
		return r;
	if (!clear_ok(s))
		return imapd_no(c, "PRIVACYREQUIRED", no_clear);
	return check(s, c, login.user, login.password); /* WAITS */
}

static void wipe(struct buf *b)
{
	if (b->p)
		OPENSSL_cleanse(b->p, b->room);
	buf_fini(b);
}

/* RFC 4616 2: [authzid] NUL authcid NUL password. */
static WAITS int plain(struct imapd_session *s, struct imapd_call *c, struct span text)
{
	AUTO(wipe) struct buf secret = BUF(AUTH_DECODED_MAX);
	struct span who, name, rest;

	if (span_eq(text, SPAN("*")))
		return imapd_bad(c, err(ERR_SYNTAX, "AUTHENTICATE: cancelled"));
	if (base64_decode(text, &secret) < 0)
		return imapd_bad(c, err(ERR_SYNTAX, "AUTHENTICATE: not base64"));
	rest = buf_span(&secret);
	if (!span_split(&rest, 0, &who) || !span_split(&rest, 0, &name) || !name.n)
		return imapd_bad(
		        c, err(ERR_SYNTAX, "AUTHENTICATE: PLAIN is [who] NUL name NUL password"));
	if (who.n && !span_eq_nocase(who, name))
		return failed(s, c, name, err(ERR_AUTH, "may not act as %.*s", SPAN_ARG(who)));
	return check(s, c, name, rest); /* WAITS */
}

WAITS int imapd_cmd_authenticate(struct imapd_session *s, struct imapd_call *c)
{
	struct imap_authenticate a;
	int r = imapd_bad(c, imap_authenticate_parse(&c->args, &a));

	if (r < 0)
		return r;
	if (!span_eq_nocase(a.mechanism, SPAN("PLAIN")))
		return imapd_no(c, "CANNOT", "Mechanisms here: PLAIN");
	if (!clear_ok(s))
		return imapd_no(c, "PRIVACYREQUIRED", no_clear);
	if (a.has_initial)
		return plain(s, c, a.initial);     /* WAITS */
	r = stream_put(s->stream, SPAN("+ \r\n")); /* WAITS */
	if (r >= 0)
		r = imapd_line(s);                                    /* WAITS */
	return r < 0 ? imapd_bad(c, r) : plain(s, c, s->reader.text); /* WAITS */
}
