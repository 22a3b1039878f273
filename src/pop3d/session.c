/* pop3d/session.c - the loop of a POP3 conversation.
 *
 * RFC 1939 3; RFC 2449 6.6 (pipelining: output is flushed only when about to wait).  Between
 * commands a session is a parked record; during one it is a fibre.
 */
#include "pop3d/session.h"

#include <stdlib.h>

#include "base/event.h"
#include "policy/browser.h"
#include "metrics/metrics.h"
#include "policy/bans.h"
#include "policy/limits.h"
#include "rt/loop.h"

static pop3d_handler *const handlers[POP3_VERB_COUNT] = {
#define VERB(NAME, handler, ...) [POP3_VERB_##NAME] = pop3d_cmd_##handler,
#include "wire/pop3/verbs.def"
#undef VERB
};

static size_t n_sessions;

static void count(const struct pop3d_server *server, int n)
{
	n_sessions += (size_t)n;
	metrics_add(METRIC_SESSIONS, METRICS_POP3 + server->kind, 0, n);
}

size_t pop3d_sessions(void)
{
	return n_sessions;
}

static void session_end(struct pop3d_session *s, int r)
{
	char text[ADDRESS_TEXT_BYTES];

	event_log(EVENT_session_closed,
	          "client=%s account=%s retrieved=%u removed=%u errors=%u reason=%s",
	          address_text(stream_peer(s->stream), true, text), s->login.account,
	          s->n_retrieved, s->n_removed, s->n_errors, s->quit ? "QUIT" : err_name(r));
	if (s->counted)
		limits_session_end(stream_peer(s->stream));
	maildrop_fini(&s->drop);
	free(s->user);
	login_forget(&s->login);
	stream_close(s->stream);
	count(s->server, -1);
	free(s);
}

static WAITS int refuse_browser(struct pop3d_session *s)
{
	int r = pop3d_err(s, "", "This is POP3, not HTTP; closing"); /* WAITS */

	return r < 0 ? r : ERR_REFUSED;
}

static WAITS int dispatch(struct pop3d_session *s, struct span line)
{
	struct pop3_command cmd;
	struct span rest = line, word;

	err_clear();
	int r = pop3_command_parse(line, &cmd);
	if (r == ERR_UNKNOWN && span_split(&rest, ' ', &word) && browser_is_asking(word))
		return refuse_browser(s); /* WAITS */
	if (r < 0)
		return pop3d_bad(s, "%s", err_str(r)); /* WAITS */
	const char *no = pop3_verb_refusal(cmd.verb, s->login.account);
	if (no)
		return pop3d_bad(s, "%s", no); /* WAITS */
	if ((r = login_renew(&s->login)) < 0)  /* WAITS */
		return r;
	return handlers[cmd.verb](s, &cmd); /* WAITS */
}

/* One line that came: a command, or ERR_TOO_LONG. */
static WAITS int take_line(struct pop3d_session *s, struct span line, int r)
{
	r = r < 0 ? pop3d_bad(s, "The line is too long") : dispatch(s, line); /* WAITS */
	return r >= 0 && s->quit ? ERR_CLOSED : r;
}

static WAITS int say_goodbye(struct pop3d_session *s, int r)
{
	FIBRE_TIMEOUT(5000);

	if (r == ERR_TIMEOUT) /* RFC 1939 3: without a response */
		return r;
	if (r == ERR_CANCELLED)
		(void)!pop3d_err(s, "SYS/TEMP", "Restarting, please come back"); /* WAITS */
	else if (r == ERR_TICKET)
		(void)!pop3d_err(s, "AUTH",
		                 "The login has ended: the account is closed, or has another "
		                 "password"); /* WAITS */
	(void)!stream_flush(s->stream);       /* WAITS */
	return r;
}

static int64_t park_until(const struct pop3d_session *s)
{
	int64_t at = clock_add(loop_now_at(), s->set->pop3_idle_time);

	return !s->login.account && s->login_until_at < at ? s->login_until_at : at;
}

/* The login may have ended. */
static WAITS int woken(struct pop3d_session *s)
{
	(void)stream_woken(s->stream);
	fibre_deadline_set(clock_add(loop_now_at(), POP3D_WORK_MS));
	return login_renew(&s->login); /* WAITS */
}

static WAITS void session_resume(void *arg, int r);

/* Runs commands until there is none waiting; then parks.  True: parked. */
static WAITS bool burst(struct pop3d_session *s, int *result)
{
	struct span line;
	int r = 0;

	while (r >= 0) {
		fibre_deadline_set(clock_add(loop_now_at(), POP3D_WORK_MS));
		r = stream_try_line(s->stream, POP3_AUTH_LINE_MAX - 2, &line);
		if (r != ERR_AGAIN) {
			r = r >= 0 || r == ERR_TOO_LONG ? take_line(s, line, r) : r; /* WAITS */
			continue;
		}
		fibre_deadline_set(clock_add(loop_now_at(), s->set->pop3_write_time));
		r = stream_park(s->stream, park_until(s), "pop3d", session_resume, s); /* WAITS */
		if (r == 0)
			return true;
		r = r == ERR_WOKEN ? woken(s) : r == ERR_AGAIN ? 0 : r; /* WAITS */
	}
	*result = r;
	return false;
}

static WAITS void session_resume(void *arg, int r)
{
	struct pop3d_session *s = arg;

	if (r == ERR_WOKEN)
		r = woken(s);       /* WAITS */
	if (r >= 0 && burst(s, &r)) /* WAITS */
		return;
	session_end(s, say_goodbye(s, r)); /* WAITS */
}

static WAITS int greet(struct pop3d_session *s)
{
	char text[ADDRESS_TEXT_BYTES];
	int r = 0;

	if (s->server->kind == POP3D_POP3S)
		r = stream_tls_accept(s->stream, s->server->tls); /* WAITS */
	if (r < 0)
		event_log(EVENT_tls_failed, "client=%s reason=%s",
		          address_text(stream_peer(s->stream), true, text), err_str(r));
	return r < 0 ? r : pop3d_ok(s, "%s Postrider", s->set->server_hostname); /* WAITS */
}

static WAITS int refuse_session(struct pop3d_session *s, int why)
{
	char text[ADDRESS_TEXT_BYTES];

	event_log(EVENT_session_refused, "client=%s limit=%s",
	          address_text(stream_peer(s->stream), true, text), err_str(why));
	if (s->server->kind != POP3D_POP3S &&
	    pop3d_err(s, "SYS/TEMP", "Too many connections now, try later") >= 0) /* WAITS */
		(void)!stream_flush(s->stream);                                   /* WAITS */
	return why;
}

static WAITS void session_begin(void *arg)
{
	struct pop3d_session *s = arg;
	int r = limits_session_begin(s->set, stream_peer(s->stream));

	s->counted = r >= 0;
	fibre_deadline_set(s->login_until_at);
	r = r < 0 ? refuse_session(s, r) : greet(s); /* WAITS */
	if (r < 0)
		session_end(s, r);
	else
		session_resume(s, 0); /* WAITS */
}

void pop3d_accept(struct stream *stream, void *arg)
{
	const struct pop3d_server *server = arg;

	metrics_add(METRIC_CONNECTIONS, METRICS_POP3 + server->kind, 0, 1);
	if (bans_turn_away(server->set, stream,
	                   server->kind == POP3D_POP3S ? NULL : "-ERR [SYS/TEMP] "))
		return;
	struct pop3d_session *s = calloc(1, sizeof *s);
	if (!s) {
		stream_close(stream);
		return;
	}
	count(server, 1);
	s->stream = stream;
	stream_guard(stream, true);
	s->server = server;
	s->set = server->set;
	s->login_until_at = clock_add(loop_now_at(), s->set->smtp_login_time);
	if (fibre_run("pop3d", session_begin, s) < 0) {
		count(server, -1);
		stream_close(stream);
		free(s);
	}
}
