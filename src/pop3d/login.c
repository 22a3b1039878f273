/* pop3d/login.c - who is there: STLS, USER and PASS, AUTH, and what a login lasts.
 *
 * RFC 1939 7; RFC 2595 4; RFC 5034; RFC 4616 (PLAIN); RFC 3206 (what is said of a failure).
 * Passwords are checked in the auth role, and never travel in clear text unless on loopback and
 * configured.
 */
#include "pop3d/session.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/event.h"
#include "calls/auth.h"
#include "rt/loop.h"

enum { AUTH_DECODED_MAX = 2048, AUTH_FAILURES_MAX = 3, AUTH_FAILURE_MS = 1000 };
enum { RENEW_MS = 10000, RENEW_AGAIN_MS = 60000 };

static bool clear_ok(const struct pop3d_session *s)
{
	return stream_tls(s->stream) ||
	       (s->set->smtp_plain_auth_on_loopback && address_is_loopback(stream_peer(s->stream)));
}

void pop3d_put_login_capabilities(const struct pop3d_session *s, struct buf *out)
{
	if (clear_ok(s))
		buf_puts(out, "USER\r\nSASL PLAIN\r\n");
	if (s->server->tls && !stream_tls(s->stream))
		buf_puts(out, "STLS\r\n");
}

/* RFC 2595 4: nothing that came before the handshake holds after it. */
WAITS int pop3d_cmd_stls(struct pop3d_session *s, const struct pop3_command *cmd)
{
	char ip[ADDRESS_TEXT_BYTES];

	if (stream_tls(s->stream) || !s->server->tls)
		return pop3d_err(s, "", "%s",
		                 stream_tls(s->stream) ? "TLS is on already" : "No TLS here");
	if (s->utf8) /* RFC 6856 2.1 */
		return pop3d_err(s, "", "STLS comes before UTF8");
	free(TAKE(s->user));
	int r = pop3d_ok(s, "Go ahead"); /* WAITS */
	if (r >= 0)
		r = stream_tls_accept(s->stream, s->server->tls); /* WAITS */
	if (r < 0)
		event_log(EVENT_tls_failed, "client=%s reason=%s",
		          address_text(stream_peer(s->stream), true, ip), err_str(r));
	return r < 0 && r != ERR_CANCELLED ? ERR_CLOSED : r;
}

static int keep_ticket(struct pop3d_session *s, struct span octets, int64_t renew_at)
{
	buf_fini(&s->ticket);
	buf_init(&s->ticket, TICKET_OCTETS_MAX);
	s->renew_at = renew_at;
	return buf_put(&s->ticket, octets);
}

WAITS int pop3d_renew_login(struct pop3d_session *s)
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

static WAITS int failed(struct pop3d_session *s, struct span name, int why)
{
	char ip[ADDRESS_TEXT_BYTES];

	event_log(EVENT_auth_failed, "client=%s account=%.*s reason=%s",
	          address_text(stream_peer(s->stream), false, ip), SPAN_ARG(name), err_str(why));
	if (why == ERR_CANCELLED)
		return why;
	if (why == ERR_LIMIT)
		return pop3d_err(s, "SYS/TEMP", "%s", err_str(why)); /* WAITS */
	if (why != ERR_AUTH)
		return pop3d_err(s, "SYS/TEMP", "Cannot check passwords now, try later");
	int r = fibre_sleep(AUTH_FAILURE_MS); /* WAITS */
	if (r >= 0)
		r = pop3d_err(s, "AUTH", "Wrong name or password"); /* WAITS */
	if (r < 0)
		return r;
	return ++s->n_auth_failures < AUTH_FAILURES_MAX ? 0 : ERR_REFUSED;
}

static WAITS int open_drop(struct pop3d_session *s)
{
	int r = pop3d_open_maildrop(s); /* WAITS */

	if (r >= 0)
		return pop3d_tell_maildrop(s); /* WAITS */
	free(TAKE(s->login));
	return pop3d_failed(s, r); /* WAITS */
}

static WAITS int check(struct pop3d_session *s, struct span name, struct span password)
{
	AUTO_ARENA mem = { 0 };
	struct auth_check_reply ok;
	char ip[ADDRESS_TEXT_BYTES];
	struct auth_check_args a = { name, password,
		                     span_str(address_text(stream_peer(s->stream), false, ip)),
		                     TICKET_POP3 };
	int r = auth_check(&a, &mem, &ok); /* WAITS */

	if (r < 0)
		return failed(s, name, r); /* WAITS */
	s->login = strndup(ok.account.p, ok.account.n);
	if (!s->login || keep_ticket(s, ok.ticket, ok.renew_at) < 0) {
		free(TAKE(s->login));
		return pop3d_failed(s, ERR_NO_MEMORY); /* WAITS */
	}
	event_log(EVENT_auth_succeeded, "client=%s account=%s", ip, s->login);
	return open_drop(s); /* WAITS */
}

static const char no_clear[] = "No passwords in clear text: STLS first";

/* Whether there is such an account is not told here. */
WAITS int pop3d_cmd_user(struct pop3d_session *s, const struct pop3_command *cmd)
{
	struct span name = span_trim(cmd->args);

	if (!clear_ok(s))
		return pop3d_err(s, "", "%s", no_clear); /* WAITS */
	if (!name.n)
		return pop3d_bad(s, "It is: %s", pop3_verb_syntax(cmd->verb)); /* WAITS */
	free(s->user);
	s->user = strndup(name.p, name.n);
	return s->user ? pop3d_ok(s, "And the password?") /* WAITS */
	               : pop3d_failed(s, ERR_NO_MEMORY);  /* WAITS */
}

WAITS int pop3d_cmd_pass(struct pop3d_session *s, const struct pop3_command *cmd)
{
	char *user = TAKE(s->user);

	if (!clear_ok(s))
		return pop3d_err(s, "", "%s", no_clear); /* WAITS */
	if (!user)
		return pop3d_bad(s, "USER first");   /* WAITS */
	int r = check(s, span_str(user), cmd->args); /* WAITS */
	free(user);
	return r;
}

static void wipe(struct buf *b)
{
	if (b->p)
		OPENSSL_cleanse(b->p, b->room);
	buf_fini(b);
}

/* RFC 4616 2: [authzid] NUL authcid NUL password. */
static WAITS int plain(struct pop3d_session *s, struct span text)
{
	AUTO(wipe) struct buf secret = BUF(AUTH_DECODED_MAX);
	struct span who, name, rest;

	if (span_eq(text, SPAN("*")))
		return pop3d_err(s, "", "AUTH is cancelled"); /* WAITS */
	if (base64_decode(text, &secret) < 0)
		return pop3d_bad(s, "AUTH: this is not base64"); /* WAITS */
	rest = buf_span(&secret);
	if (!span_split(&rest, 0, &who) || !span_split(&rest, 0, &name) || !name.n)
		return pop3d_bad(s, "AUTH: PLAIN is [who] NUL name NUL password"); /* WAITS */
	if (who.n && !span_eq_nocase(who, name))
		return failed(s, name, err(ERR_AUTH, "may not act as %.*s", SPAN_ARG(who)));
	return check(s, name, rest); /* WAITS */
}

WAITS int pop3d_cmd_auth(struct pop3d_session *s, const struct pop3_command *cmd)
{
	struct span rest = span_trim(cmd->args), mechanism, line;

	if (!span_split(&rest, ' ', &mechanism))
		return pop3d_bad(s, "It is: %s", pop3_verb_syntax(cmd->verb)); /* WAITS */
	if (!span_eq_nocase(mechanism, SPAN("PLAIN")))
		return pop3d_err(s, "", "Mechanisms here: PLAIN"); /* WAITS */
	if (!clear_ok(s))
		return pop3d_err(s, "", "%s", no_clear); /* WAITS */
	if (rest.n)
		return plain(s, rest);        /* WAITS */
	int r = pop3d_put(s, SPAN("+ \r\n")); /* WAITS */
	fibre_deadline_set(s->login_until_at);
	if (r >= 0)
		r = stream_read_line(s->stream, POP3_AUTH_LINE_MAX - 2, &line); /* WAITS */
	fibre_deadline_set(clock_add(loop_now_at(), POP3D_WORK_MS));
	if (r == ERR_TOO_LONG)
		return pop3d_bad(s, "The line is too long"); /* WAITS */
	return r < 0 ? r : plain(s, line);                   /* WAITS */
}
