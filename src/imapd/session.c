/* imapd/session.c - the loop of an IMAP conversation.
 *
 * RFC 3501 and RFC 9051 3, 5.  Between commands and in IDLE a session is a parked record; during a
 * command it is a fibre.
 */
#include "imapd/session.h"

#include <stdlib.h>

#include "base/event.h"
#include "policy/browser.h"
#include "metrics/metrics.h"
#include "policy/bans.h"
#include "policy/limits.h"
#include "rt/loop.h"

enum { REST_MS = 5000 };

static imapd_handler *const handlers[IMAP_VERB_COUNT] = {
#define COMMAND(NAME, handler, ...) [IMAP_VERB_##NAME] = imapd_cmd_##handler,
#include "wire/imap/commands.def"
#undef COMMAND
};

static size_t n_sessions;

static void count(const struct imapd_server *server, int n)
{
	n_sessions += (size_t)n;
	metrics_add(METRIC_SESSIONS, METRICS_IMAP + server->kind, 0, n);
}

size_t imapd_sessions(void)
{
	return n_sessions;
}

bool imapd_enabled(const struct imapd_session *s, uint64_t caps)
{
	return s->enabled & caps;
}

bool imapd_utf8(const struct imapd_session *s)
{
	return imapd_enabled(s, IMAP_CAP(IMAP4REV2) | IMAP_CAP(UTF8_ACCEPT));
}

enum imap_state imapd_state(const struct imapd_session *s)
{
	return s->box             ? IMAP_SELECTED
	       : s->login.account ? IMAP_AUTHENTICATED
	                          : IMAP_NOT_AUTHENTICATED;
}

void imapd_taken(struct imapd_session *s)
{
	stream_consume(s->stream, s->taken);
	s->taken = 0;
}

static bool rests; /* the timer is on its way */

static void on_rest(void *arg)
{
	(void)arg;
	rests = false;
	stream_rest();
}

/* Thousands of sessions that have something to do at once leave much behind. */
static void rest_soon(void)
{
	static struct loop_timer timer;

	if (rests)
		return;
	rests = true;
	loop_timer_start(&timer, clock_add(loop_now_at(), REST_MS), on_rest, NULL);
}

static WAITS void session_end(struct imapd_session *s, int r)
{
	char text[ADDRESS_TEXT_BYTES];

	fibre_deadline_set(clock_add(loop_now_at(), IMAPD_WORK_MS));
	imapd_box_close(s); /* WAITS */
	event_log(EVENT_session_closed, "client=%s account=%s errors=%u reason=%s",
	          address_text(stream_peer(s->stream), true, text), s->login.account, s->n_errors,
	          s->quit ? "LOGOUT" : err_name(r));
	if (s->counted)
		limits_session_end(stream_peer(s->stream));
	imap_reader_fini(&s->reader);
	login_forget(&s->login);
	stream_close(s->stream);
	count(s->server, -1);
	free(s);
	rest_soon();
}

/* RFC 3501 7.4.1, 5.5: numbers must not change while the client may be using them. */
static bool may_expunge(const struct imap_command *cmd)
{
	switch (cmd->verb) {
	case IMAP_VERB_FETCH:
	case IMAP_VERB_STORE:
	case IMAP_VERB_SEARCH:
	case IMAP_VERB_SORT:
	case IMAP_VERB_THREAD: return cmd->uid;
	default: return true;
	}
}

/* What is no command of IMAP's. */
static WAITS int no_command(struct imapd_session *s, struct imapd_call *c, int r)
{
	struct span rest = s->reader.text, word;

	if (!span_split(&rest, ' ', &word) || !browser_is_asking(word))
		return imapd_bad(c, r);
	r = imapd_say(s, "BYE", "This is IMAP, not HTTP; closing"); /* WAITS */
	return r < 0 ? r : ERR_CLOSED;
}

static WAITS int run(struct imapd_session *s, struct imapd_call *c, enum imap_read event)
{
	int r = imap_command_parse(s->reader.text, &c->mem, imapd_utf8(s), &c->cmd, &c->args);
	const char *no = r < 0 ? NULL : imap_verb_refusal(c->cmd.verb, imapd_state(s));

	if (r < 0)
		return no_command(s, c, r); /* WAITS */
	if (no) {
		c->text = no;
		c->bad = true;
		return ERR_SYNTAX;
	}
	if ((r = login_renew(&s->login)) < 0) /* WAITS */
		return r;
	if (event == IMAP_READ_MESSAGE)
		return imapd_cmd_append_messages(s, c); /* WAITS */
	return handlers[c->cmd.verb](s, c);             /* WAITS */
}

/* What is in the mailbox. */
static bool looks(enum imap_verb verb)
{
	switch (verb) {
	case IMAP_VERB_FETCH:
	case IMAP_VERB_SEARCH:
	case IMAP_VERB_SORT:
	case IMAP_VERB_THREAD:
	case IMAP_VERB_NOOP:
	case IMAP_VERB_CHECK:
	case IMAP_VERB_IDLE: return true;
	default: return false;
	}
}

/* A login that has ended, or a mailbox that is gone, ends the session.  The command is answered
 * first (RFC 9051 2.2.2), or what was done would be done again: a message appended, copied, moved.
 * But nobody is told that all is well in a mailbox that is gone. */
static WAITS int answer_with_news(struct imapd_session *s, struct imapd_call *c, int r)
{
	int news = c->silent ? 0 : imapd_news(s, c, may_expunge(&c->cmd)); /* WAITS */

	if (imapd_is_end(news) || (news == ERR_NOT_FOUND && r >= 0 && looks(c->cmd.verb)))
		return news;
	int sent = imapd_answer(s, c, r); /* WAITS */
	return sent >= 0 && imapd_news_end(news) ? news : sent;
}

static WAITS int take_command(struct imapd_session *s, enum imap_read event)
{
	struct imapd_call c = { .out = BUF(IMAPD_OUT_MAX) };

	err_clear();
	int r = s->idling ? imapd_idle_line(s, &c) : run(s, &c, event); /* WAITS */
	bool refused = event == IMAP_READ_MESSAGE && !s->reader.over &&
	               s->reader.state == IMAP_READER_OFFERED;
	if (!imapd_is_end(r) && !refused) {
		r = answer_with_news(s, &c, r); /* WAITS */
	} else if (refused && !imapd_is_end(r)) {
		r = 0; /* told at IMAP_READ_REFUSED */
	}
	buf_fini(&c.out);
	arena_fini(&c.mem);
	if (r >= 0 && s->quit)
		r = ERR_CLOSED;
	return r;
}

static WAITS int refused(struct imapd_session *s)
{
	struct imapd_call c = { .out = BUF(4096) };
	const char *why = s->reader.why;

	c.bad = why != NULL;
	c.text = why                                        ? why
	         : imapd_state(s) == IMAP_NOT_AUTHENTICATED ? "Log in first"
	                                                    : "The message was not taken";
	int r = imapd_answer(s, &c, ERR_REFUSED); /* WAITS */
	buf_fini(&c.out);
	arena_fini(&c.mem);
	return r;
}

static WAITS int take(struct imapd_session *s, enum imap_read event)
{
	int r = 0;

	switch (event) {
	case IMAP_READ_MORE: break;
	case IMAP_READ_GO_ON:
		r = stream_put(s->stream, SPAN("+ OK\r\n")); /* WAITS */
		break;
	case IMAP_READ_COMMAND:
	case IMAP_READ_MESSAGE: r = take_command(s, event); break; /* WAITS */
	case IMAP_READ_REFUSED: r = refused(s); break;             /* WAITS */
	case IMAP_READ_CLOSE:
		r = refused(s); /* WAITS */
		if (r >= 0)
			r = imapd_say(s, "BYE", "Too much is to be skipped, closing");
		r = r < 0 ? r : ERR_REFUSED;
		break;
	case IMAP_READ_PIECE:
	case IMAP_READ_APPENDED: r = err(ERR_BUG, "octets of no message"); break;
	}
	imapd_taken(s);
	return r;
}

static enum imap_read next(struct imapd_session *s)
{
	struct span in = stream_peek(s->stream);
	size_t had = in.n;
	enum imap_read event =
	        s->idling ? imap_reader_line(&s->reader, &in) : imap_reader_next(&s->reader, &in);

	s->taken = had - in.n;
	return event;
}

/* How long octets may take to come; before the login, all of them together. */
static int64_t octets_until(const struct imapd_session *s, int64_t ms)
{
	int64_t at = clock_add(loop_now_at(), ms);

	return !s->login.account && s->login_until_at < at ? s->login_until_at : at;
}

WAITS int imapd_next(struct imapd_session *s, enum imap_read *event)
{
	for (;;) {
		int r = 0;
		imapd_taken(s);
		*event = next(s);
		if (*event != IMAP_READ_MORE && *event != IMAP_READ_GO_ON)
			return 0;
		fibre_deadline_set(octets_until(s, s->set->imap_write_time));
		if (*event == IMAP_READ_GO_ON)
			r = stream_put(s->stream, SPAN("+ OK\r\n")); /* WAITS */
		else if (stream_peek(s->stream).n == s->taken) {
			imapd_taken(s);
			if (s->reader.append && s->reader.state == IMAP_READER_LINE)
				stream_acknowledge(s->stream); /* the CRLF may wait for it */
			r = stream_fill(s->stream);            /* WAITS */
		}
		fibre_deadline_set(clock_add(loop_now_at(), IMAPD_WORK_MS));
		if (r == ERR_WOKEN)
			(void)stream_woken(s->stream);
		if (r < 0 && r != ERR_WOKEN)
			return r;
	}
}

WAITS int imapd_line(struct imapd_session *s)
{
	enum imap_read event;

	s->idling = true;              /* lines, not commands */
	int r = imapd_next(s, &event); /* WAITS */
	s->idling = false;
	if (r >= 0 && event != IMAP_READ_COMMAND)
		return err(ERR_TOO_LONG, "the line is too long");
	return r;
}

static int64_t park_until(struct imapd_session *s)
{
	bool at_rest = imap_reader_rest(&s->reader);

	return octets_until(s, at_rest ? s->set->imap_idle_time : s->set->imap_write_time);
}

static WAITS int say_goodbye(struct imapd_session *s, int r)
{
	FIBRE_TIMEOUT(5000);

	if (r == ERR_TIMEOUT)
		(void)!imapd_say(s, "BYE", "Nothing came in time, closing");
	else if (r == ERR_CANCELLED)
		(void)!imapd_say(s, "BYE", "Restarting, please come back");
	else if (r == ERR_TICKET)
		(void)!imapd_say(
		        s, "BYE",
		        "The login has ended: the account is closed, or has another password");
	else if (r == ERR_NOT_FOUND)
		(void)!imapd_say(s, "BYE", "The mailbox that was open is no more");
	else if (s->quit)
		(void)!stream_flush(s->stream);
	return r;
}

/* The mailbox has news, or the login may have ended. */
static WAITS int woken(struct imapd_session *s)
{
	(void)stream_woken(s->stream);
	return s->idling ? imapd_idle_news(s) : login_renew(&s->login); /* WAITS */
}

static WAITS void session_resume(void *arg, int r);

/* Runs what is waiting; then parks.  True: parked. */
static WAITS bool burst(struct imapd_session *s, int *result)
{
	int r = 0;

	while (r >= 0) {
		fibre_deadline_set(clock_add(loop_now_at(), IMAPD_WORK_MS));
		enum imap_read event = next(s);
		if (event != IMAP_READ_MORE || s->taken) {
			r = take(s, event); /* WAITS */
			continue;
		}
		r = stream_try_fill(s->stream);
		if (r == 0) {
			r = fibre_yield(); /* a client that sends on and on: others first */
		} else if (r == ERR_WOKEN) {
			r = woken(s); /* WAITS */
		} else if (r == ERR_AGAIN) {
			fibre_deadline_set(clock_add(loop_now_at(), s->set->imap_write_time));
			r = stream_park(s->stream, park_until(s), "imapd", session_resume, s);
			if (r == 0) {
				rest_soon();
				return true;
			}
			if (r == ERR_WOKEN) {
				r = woken(s); /* WAITS */
			}
			r = r == ERR_AGAIN ? 0 : r;
		}
	}
	*result = r;
	return false;
}

static WAITS void session_resume(void *arg, int r)
{
	struct imapd_session *s = arg;

	if (r == ERR_WOKEN) {
		fibre_deadline_set(clock_add(loop_now_at(), IMAPD_WORK_MS));
		r = woken(s); /* WAITS */
	}
	if (r >= 0 && burst(s, &r)) /* WAITS */
		return;
	r = say_goodbye(s, r); /* WAITS */
	session_end(s, r);     /* WAITS */
}

static WAITS int greet(struct imapd_session *s)
{
	AUTO_BUF out = BUF(4096);
	int r = 0;

	if (s->server->kind == IMAPD_IMAPS)
		r = stream_tls_accept(s->stream, s->server->tls); /* WAITS */
	if (r < 0) {
		char text[ADDRESS_TEXT_BYTES];
		event_log(EVENT_tls_failed, "client=%s reason=%s",
		          address_text(stream_peer(s->stream), true, text), err_str(r));
		return r;
	}
	buf_puts(&out, "* OK [CAPABILITY ");
	imapd_put_capability(s, &out);
	buf_printf(&out, "] %s Postrider\r\n", s->set->server_hostname);
	return imapd_send(s, &out); /* WAITS */
}

static WAITS void session_begin(void *arg)
{
	struct imapd_session *s = arg;
	char text[ADDRESS_TEXT_BYTES];
	int r = limits_session_begin(s->set, stream_peer(s->stream));

	s->counted = r >= 0;
	fibre_deadline_set(s->login_until_at);
	if (r < 0) {
		event_log(EVENT_session_refused, "client=%s limit=%s",
		          address_text(stream_peer(s->stream), true, text), err_str(r));
		if (s->server->kind != IMAPD_IMAPS)
			(void)!imapd_say(s, "BYE", "Too many connections now, try later");
	} else {
		r = greet(s); /* WAITS */
	}
	if (r < 0)
		session_end(s, r); /* WAITS */
	else
		session_resume(s, 0); /* WAITS */
}

void imapd_accept(struct stream *stream, void *arg)
{
	const struct imapd_server *server = arg;

	metrics_add(METRIC_CONNECTIONS, METRICS_IMAP + server->kind, 0, 1);
	if (bans_turn_away(server->set, stream, server->kind == IMAPD_IMAPS ? NULL : "* BYE "))
		return;
	struct imapd_session *s = calloc(1, sizeof *s);
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
	imap_reader_init(&s->reader, &imapd_limits_before);
	if (fibre_run("imapd", session_begin, s) < 0) {
		count(server, -1);
		imap_reader_fini(&s->reader);
		stream_close(stream);
		free(s);
	}
}
