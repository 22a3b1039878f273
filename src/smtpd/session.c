/* smtpd/session.c - the loop of an SMTP conversation.
 *
 * RFC 5321 3-4; RFC 2920 (pipelining: output is flushed only when about to wait).
 * Between commands a session is a parked record; during one it is a fibre.
 */
#include "smtpd/session.h"

#include <stdlib.h>

#include "base/event.h"
#include "metrics/metrics.h"
#include "policy/bans.h"
#include "policy/browser.h"
#include "policy/limits.h"
#include "rt/loop.h"
#include "smtpd/verbs.h"
#include "wire/smtp/reply.h"

/* Commands that bring no message nearer, before each counts as an error (threats 2). */
enum { IDLE_TALK_MAX = 100 };

static smtpd_handler *const handlers[SMTP_VERB_COUNT] = {
#define VERB(NAME, handler, ...) [SMTP_VERB_##NAME] = smtpd_cmd_##handler,
#define NO_VERB(NAME)
#include "wire/smtp/verbs.def"
#undef NO_VERB
#undef VERB
};

static size_t n_sessions;

static void count(const struct smtpd_server *server, int n)
{
	n_sessions += (size_t)n;
	metrics_add(METRIC_SESSIONS, METRICS_SMTP + server->kind, 0, n);
}

size_t smtpd_sessions(void)
{
	return n_sessions;
}

bool smtpd_is_submission(const struct smtpd_session *s)
{
	return s->server->kind == SMTPD_SUBMISSION || s->server->kind == SMTPD_SUBMISSIONS;
}

bool smtpd_is_lmtp(const struct smtpd_session *s)
{
	return s->server->kind == SMTPD_LMTP;
}

bool smtpd_may_relay(const struct smtpd_session *s)
{
	return s->login.account ||
	       (s->server->kind == SMTPD_SMTP &&
	        limits_in_networks(stream_peer(s->stream), &s->set->smtp_relay_networks));
}

static unsigned fact(bool holds, enum smtpd_fact f)
{
	return holds ? f : 0;
}

unsigned smtpd_facts(const struct smtpd_session *s)
{
	return fact(s->server->tls, SMTPD_TLS_SERVED) |
	       fact(smtpd_is_submission(s), SMTPD_AUTH_SERVED) | fact(s->helo, SMTPD_HELLO) |
	       fact(s->ehlo, SMTPD_EHLO) | fact(!stream_tls(s->stream), SMTPD_CLEAR) |
	       fact(!s->login.account, SMTPD_ANONYMOUS) |
	       fact(s->login.account || !smtpd_is_submission(s), SMTPD_LOGIN) |
	       fact(!smtpd_is_lmtp(s), SMTPD_SPEAKS_SMTP) |
	       fact(smtpd_is_lmtp(s), SMTPD_SPEAKS_LMTP) | fact(s->tx, SMTPD_TRANSACTION) |
	       fact(!s->tx, SMTPD_NO_TRANSACTION) | fact(s->tx && s->tx->n_rcpts, SMTPD_RECIPIENT) |
	       fact(login_permitted(s->stream, s->set), SMTPD_SAFE) |
	       fact(s->mail_refused / 100 == 4, SMTPD_MAIL_PUT_OFF) |
	       fact(s->mail_refused / 100 == 5, SMTPD_MAIL_REFUSED) |
	       fact(s->put_off, SMTPD_RCPT_PUT_OFF);
}

WAITS void smtpd_tx_end(struct smtpd_session *s)
{
	s->mail_refused = 0;
	s->n_free = 0;
	s->each = (struct smtpd_each){ 0 };
	s->put_off = false;
	intake_close(TAKE(s->tx)); /* WAITS */
}

WAITS void smtpd_forget(struct smtpd_session *s, bool login)
{
	smtpd_tx_end(s);
	free(TAKE(s->helo));
	s->ehlo = false;
	if (login)
		login_forget(&s->login);
}

static WAITS void session_end(struct smtpd_session *s, int r)
{
	char text[ADDRESS_TEXT_BYTES];

	event_log(EVENT_session_closed, "client=%s messages=%u errors=%u reason=%s",
	          address_text(stream_peer(s->stream), true, text), s->n_messages, s->n_errors,
	          s->quit ? "QUIT" : err_name(r));
	if (s->counted)
		limits_session_end(stream_peer(s->stream));
	smtpd_forget(s, true);
	free(s->rdns);
	free(s->listed);
	stream_close(s->stream);
	count(s->server, -1);
	free(s);
}

static WAITS int refuse_unknown(struct smtpd_session *s, const struct smtp_command *cmd)
{
	if (!browser_is_asking(cmd->name))
		return smtpd_reply(s, 500, "5.5.1", "Command not known; see HELP");
	int r = smtpd_reply(s, 421, "4.7.0", "This is SMTP, not HTTP; closing");
	if (r >= 0)
		r = stream_flush(s->stream);
	return r < 0 ? r : ERR_REFUSED;
}

static WAITS int dispatch(struct smtpd_session *s, struct span line)
{
	struct smtp_command cmd = { 0 };

	err_clear();
	s->harm = BANS_ERROR;
	int r = smtp_command_parse(line, &cmd);
	if (r == ERR_TOO_LONG)
		return smtpd_reply(s, 500, "5.5.2", "Line too long");
	if (r < 0 || cmd.verb == SMTP_VERB_UNKNOWN)
		return refuse_unknown(s, &cmd);
	const struct smtpd_verb *verb = &smtpd_verbs[cmd.verb];
	const struct smtpd_no *no = smtpd_verb_no(cmd.verb, smtpd_facts(s));
	if (no && no->free)
		return smtpd_reply_free(s, no->code, no->enhanced, span_str(no->text));
	if (no)
		return smtpd_reply(s, no->code, no->enhanced, "%s", no->text);
	if ((verb->traits & SMTPD_NO_ARGS) && cmd.args.n)
		return smtpd_reply(s, 501, "5.5.4", "%s takes no argument",
		                   smtp_verb_name(cmd.verb));
	bool idle = (verb->traits & SMTPD_IDLE_TALK) && ++s->n_idle_talk > IDLE_TALK_MAX;
	r = idle ? smtpd_count_error(s) : 0;
	return r < 0 ? r : handlers[cmd.verb](s, cmd.args);
}

WAITS int smtpd_login_renew(struct smtpd_session *s)
{
	int r = login_renew(&s->login); /* WAITS */

	if (s->tx)
		s->tx->from.ticket = buf_span(&s->login.ticket);
	return r;
}

/* The time for the next thing begins: it is for a whole line, not for each octet of it. */
static void renew(struct smtpd_session *s)
{
	s->command_until_at = clock_add(loop_now_at(), s->set->smtp_command_time);
}

static int64_t command_deadline(const struct smtpd_session *s)
{
	int64_t at = s->command_until_at;
	return smtpd_is_submission(s) && !s->login.account && s->login_until_at < at
	               ? s->login_until_at
	               : at;
}

/* One line that came: a command, or ERR_TOO_LONG. */
static WAITS int take_line(struct smtpd_session *s, struct span line, int r)
{
	renew(s);
	fibre_deadline_set(command_deadline(s));
	int renewed = smtpd_login_renew(s); /* WAITS */
	if (renewed < 0)
		return renewed;
	r = r < 0 ? smtpd_reply(s, 500, "5.5.2", "Line too long") : dispatch(s, line);
	renew(s);
	return r;
}

/* Says why before hanging up, where there is somebody to hear it. */
static WAITS int say_goodbye(struct smtpd_session *s, int r)
{
	FIBRE_TIMEOUT(5000);
	int said = 0;

	if (r == ERR_TIMEOUT)
		said = smtpd_reply(s, 421, "4.4.2", "%s: nothing came in time, closing",
		                   s->set->server_hostname);
	else if (r == ERR_TICKET)
		said = smtpd_reply(s, 421, "4.7.0",
		                   "The login has ended: the account is closed, or has another "
		                   "password");
	else if (r == ERR_CANCELLED)
		said = smtpd_reply(s, 421, "4.3.2", "%s: restarting, please come back",
		                   s->set->server_hostname);
	if (said >= 0)
		said = stream_flush(s->stream);
	return said < 0 ? said : r;
}

/* The login may have ended. */
static WAITS int woken(struct smtpd_session *s)
{
	(void)stream_woken(s->stream);
	fibre_deadline_set(command_deadline(s));
	return smtpd_login_renew(s); /* WAITS */
}

static void session_resume(void *arg, int r);

/* Runs commands until there is none waiting; then parks.  True: parked. */
static WAITS bool session_burst(struct smtpd_session *s, int *result)
{
	struct span line;
	int r = 0;

	for (;;) {
		fibre_deadline_set(command_deadline(s));
		r = stream_try_line(s->stream, SMTP_AUTH_LINE_MAX, &line);
		if (r == ERR_AGAIN) {
			r = stream_park(s->stream, command_deadline(s), "smtpd", session_resume, s);
			if (r == 0)
				return true;
			if (r == ERR_WOKEN)
				r = woken(s); /* WAITS */
			if (r == ERR_AGAIN)
				continue;
		} else if (r >= 0 || r == ERR_TOO_LONG) {
			r = take_line(s, line, r);
		}
		if (r < 0)
			break;
	}
	*result = r;
	return false;
}

static void session_resume(void *arg, int r)
{
	struct smtpd_session *s = arg;

	if (r == ERR_WOKEN)
		r = woken(s); /* WAITS */
	if (r >= 0 && session_burst(s, &r))
		return;
	r = say_goodbye(s, r);
	session_end(s, r);
}

/* LMTP (RFC 2033 5) is for servers of ours: who reached the Unix socket may, by its mode. */
static int admit(struct smtpd_session *s)
{
	const struct address *peer = stream_peer(s->stream);
	int r = limits_session_begin(s->set, peer);

	s->counted = r >= 0;
	if (r >= 0 && smtpd_is_lmtp(s) && peer->len &&
	    !limits_in_networks(peer, &s->set->listen_lmtp_networks))
		r = err(ERR_DENIED, "listen.lmtp_networks");
	return r;
}

static WAITS int refuse_session(struct smtpd_session *s, int why)
{
	char text[ADDRESS_TEXT_BYTES];
	const char *host = s->set->server_hostname;

	event_log(EVENT_session_refused, "client=%s limit=%s",
	          address_text(stream_peer(s->stream), true, text), err_str(why));
	int r = why == ERR_DENIED
	                ? smtpd_reply(s, 554, "5.7.1",
	                              "%s: LMTP is not for your address; a mail server's is in "
	                              "listen.lmtp_networks here",
	                              host)
	                : smtpd_reply(s, 421, "4.7.0", "%s: too many connections now, try later",
	                              host);
	r = r < 0 ? r : stream_flush(s->stream);
	return r < 0 ? r : why;
}

static WAITS int greet(struct smtpd_session *s)
{
	char text[ADDRESS_TEXT_BYTES];
	int r = smtpd_client_await(s); /* WAITS */

	if (s->server->kind == SMTPD_SUBMISSIONS) {
		r = stream_tls_accept(s->stream, s->server->tls);
		if (r < 0)
			event_log(EVENT_tls_failed, "client=%s reason=%s",
			          address_text(stream_peer(s->stream), true, text), err_str(r));
	}
	return r < 0 ? r
	             : smtpd_reply(s, 220, NULL, "%s %s Postrider", s->set->server_hostname,
	                           smtpd_is_lmtp(s) ? "LMTP" : "ESMTP");
}

static void session_begin(void *arg)
{
	struct smtpd_session *s = arg;
	int r = admit(s);

	renew(s);
	fibre_deadline_set(command_deadline(s));
	r = r < 0 ? refuse_session(s, r) : greet(s); /* WAITS */
	renew(s);
	if (r < 0)
		session_end(s, r);
	else
		session_resume(s, 0);
}

void smtpd_accept(struct stream *stream, void *arg)
{
	const struct smtpd_server *server = arg;

	metrics_add(METRIC_CONNECTIONS, METRICS_SMTP + server->kind, 0, 1);
	if (server->kind != SMTPD_LMTP &&
	    bans_turn_away(server->set, stream,
	                   server->kind == SMTPD_SUBMISSIONS ? NULL : "421 4.7.0 "))
		return;
	struct smtpd_session *s = calloc(1, sizeof *s);
	if (!s) {
		stream_close(stream);
		return;
	}
	count(server, 1);
	s->stream = stream;
	s->server = server;
	stream_guard(stream, smtpd_is_submission(s));
	s->set = server->set;
	s->login_until_at = clock_add(loop_now_at(), s->set->smtp_login_time);
	if (fibre_run("smtpd", session_begin, s) < 0) {
		count(server, -1);
		stream_close(stream);
		free(s);
	}
}
