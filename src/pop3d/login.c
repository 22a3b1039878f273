/* pop3d/login.c - who is there: STLS, USER and PASS, AUTH.
 *
 * RFC 1939 7; RFC 2595 4; RFC 5034; RFC 3206 (what is said of a failure).  How POP3 frames a login
 * (login/login.h).
 */
#include "pop3d/session.h"

#include <stdlib.h>

#include "base/event.h"
#include "rt/loop.h"

void pop3d_put_login_capabilities(const struct pop3d_session *s, struct buf *out)
{
	if (login_permitted(s->stream, s->set)) {
		buf_puts(out, "USER\r\nSASL ");
		login_mechanisms_put(s->stream, s->set, out);
		buf_puts(out, "\r\n");
	}
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

static WAITS int count_failure(struct pop3d_session *s)
{
	int r = pop3d_err(s, "AUTH", "Wrong name or password"); /* WAITS */

	if (r < 0)
		return r;
	return ++s->n_auth_failures < LOGIN_FAILURES_MAX ? 0 : ERR_REFUSED;
}

static WAITS int failed(struct pop3d_session *s, int why)
{
	switch (why) {
	case ERR_CANCELLED: return why;
	case ERR_AUTH: return count_failure(s);                              /* WAITS */
	case ERR_REFUSED: return pop3d_bad(s, "AUTH is cancelled");          /* WAITS */
	case ERR_SYNTAX: return pop3d_bad(s, "AUTH: %s", err_str(why));      /* WAITS */
	case ERR_UNKNOWN: return pop3d_err(s, "", "AUTH: %s", err_str(why)); /* WAITS */
	case ERR_TLS: return pop3d_err(s, "", "No passwords in clear text: STLS first");
	case ERR_LIMIT: return pop3d_err(s, "SYS/TEMP", "%s", err_str(why)); /* WAITS */
	default: return pop3d_err(s, "SYS/TEMP", "Cannot check passwords now, try later");
	}
}

static WAITS int welcome(struct pop3d_session *s, const struct login_step *done)
{
	int r = login_keep(&s->login, done, s->stream);

	stream_guard(s->stream, false);
	if (r >= 0)
		r = pop3d_open_maildrop(s); /* WAITS */
	if (r >= 0)
		return pop3d_tell_maildrop(s); /* WAITS */
	login_forget(&s->login);
	return pop3d_failed(s, r); /* WAITS */
}

/* Whether there is such an account is not told here. */
WAITS int pop3d_cmd_user(struct pop3d_session *s, const struct pop3_command *cmd)
{
	struct span name = span_trim(cmd->args);

	if (!login_permitted(s->stream, s->set))
		return failed(s, ERR_TLS); /* WAITS */
	if (!name.n)
		return pop3d_bad(s, "It is: %s", pop3_verb_syntax(cmd->verb)); /* WAITS */
	free(s->user);
	s->user = strndup(name.p, name.n);
	return s->user ? pop3d_ok(s, "And the password?") /* WAITS */
	               : pop3d_failed(s, ERR_NO_MEMORY);  /* WAITS */
}

WAITS int pop3d_cmd_pass(struct pop3d_session *s, const struct pop3_command *cmd)
{
	const struct login_from from = { s->stream, s->set, TICKET_POP3 };
	AUTO_ARENA mem = { 0 };
	struct login_step done;

	if (!login_permitted(s->stream, s->set))
		return failed(s, ERR_TLS); /* WAITS */
	char *user = TAKE(s->user);
	if (!user)
		return pop3d_bad(s, "USER first");                             /* WAITS */
	int r = login_password(&from, span_str(user), cmd->args, &mem, &done); /* WAITS */
	free(user);
	return r < 0 ? failed(s, r) : welcome(s, &done); /* WAITS */
}

/* A line that answers a challenge, before the time for logging in is over. */
static WAITS int ask(struct pop3d_session *s, struct span challenge, struct span *line)
{
	AUTO_BUF out = BUF(LOGIN_LINE_MAX);

	buf_printf(&out, "+ %.*s\r\n", SPAN_ARG(challenge));
	int r = pop3d_put(s, buf_span(&out)); /* WAITS */
	fibre_deadline_set(s->login_until_at);
	if (r >= 0)
		r = stream_read_line(s->stream, POP3_AUTH_LINE_MAX - 2, line); /* WAITS */
	fibre_deadline_set(clock_add(loop_now_at(), POP3D_WORK_MS));
	return r;
}

/* Challenges and answers, from the first step on.  Ends with a reply. */
static WAITS int converse(struct pop3d_session *s, struct login *l, struct span initial)
{
	struct login_step step;
	struct span line;
	int r = login_feed(l, initial, initial.n > 0, &step); /* WAITS */

	while (r == LOGIN_CHALLENGE) {
		r = ask(s, step.challenge, &line); /* WAITS */
		if (r == ERR_TOO_LONG)
			return pop3d_bad(s, "The line is too long"); /* WAITS */
		if (r < 0)
			return r;
		r = login_feed(l, line, true, &step); /* WAITS */
	}
	return r < 0 ? failed(s, r) : welcome(s, &step); /* WAITS */
}

static WAITS int no_such_mechanism(struct pop3d_session *s)
{
	AUTO_BUF names = BUF(256);

	login_mechanisms_put(s->stream, s->set, &names);
	return pop3d_err(s, "", "Mechanisms here: %s", buf_str(&names)); /* WAITS */
}

WAITS int pop3d_cmd_auth(struct pop3d_session *s, const struct pop3_command *cmd)
{
	const struct login_from from = { s->stream, s->set, TICKET_POP3 };
	struct span rest = span_trim(cmd->args), mechanism;
	struct login *l;

	if (!span_split(&rest, ' ', &mechanism))
		return pop3d_bad(s, "It is: %s", pop3_verb_syntax(cmd->verb)); /* WAITS */
	int r = login_open(&from, mechanism, &l);
	if (r < 0)
		return r == ERR_UNKNOWN ? no_such_mechanism(s) : failed(s, r); /* WAITS */
	r = converse(s, l, rest);                                              /* WAITS */
	login_close(l);
	return r;
}
