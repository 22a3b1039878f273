/* component/attempt.c - see attempt.h.
 *
 * Here are its DNS, connections and time; nothing else.
 */
#include "component/attempt.h"

#include <stdlib.h>

#include "base/clock.h"
#include "component/witness.h"

enum {
	BATCH_MAX = 1000,
	QUESTION_MS = 20 * 1000, /* one question to DNS */
	LOOK_MS = 100,           /* how often a connection that is not answered is looked at */
};

struct attempt {
	struct list link; /* in sending.attempts */
	struct sending *sending;
	struct sending_group *group;
	const uint32_t *rows;
	size_t n_rows;
	struct arena mem;
	struct deliver_to to;
	struct smtp_client_tx tx;
	struct deliver *deliver;
	struct session *session;
	struct dns_asked *asked;
	struct sts_asked *sts_asked;
	struct body body;
	struct message_seven_bit *seven_bit; /* NULL until the message is looked at */
	int64_t began_at, connect_at, connect_until_at;
	bool connecting, running, turning, called; /* called: witnesses */
};

static void advance(struct attempt *a);

static int prepare(struct attempt *a)
{
	const struct sending *s = a->sending;
	const struct mail_made *mail = s->mail;
	struct smtp_client_rcpt *rcpts = arena_array(&a->mem, struct smtp_client_rcpt, a->n_rows);
	int r;

	if (!rcpts)
		return err(ERR_NO_MEMORY, "no memory for an attempt");
	for (size_t i = 0; i < a->n_rows; i++)
		rcpts[i].address = s->addresses[a->rows[i]];
	a->to = s->route.to;
	a->to.domain = a->group->domain;
	a->tx = (struct smtp_client_tx){
		.return_path = mail->return_path,
		.rcpts = rcpts,
		.n_rcpts = a->n_rows,
		.size = mail->size,
		.eight_bit = mail->eight_bit,
		.smtputf8 = mail->smtputf8,
	};
	r = deliver_new(&s->rules, &a->to, &a->tx, &a->mem, &a->deliver);
	if (r >= 0 && mail->is_signed)
		deliver_signed(a->deliver);
	return r;
}

/* ---- DNS ------------------------------------------------------------------------------ */

/* The program's time for the mail, and not this question's: then the end tells (step). */
static bool time_is_over(const struct attempt *a)
{
	return clock_now_at() >= a->sending->until_at;
}

static void on_answer(void *arg, const struct deliver_answer *answer)
{
	struct attempt *a = arg;

	if (!time_is_over(a))
		deliver_answer(a->deliver, answer);
	if (!a->turning)
		advance(a);
}

/* False: wait. */
static bool ask(struct attempt *a)
{
	struct postrider_client *c = a->sending->client;
	int64_t until_at = clock_add(clock_now_at(), QUESTION_MS);
	struct deliver_question q = deliver_question(a->deliver);
	int r = 0;

	if (a->asked || a->sts_asked)
		return false;
	if (until_at > a->sending->until_at)
		until_at = a->sending->until_at;
	if (!c->dns)
		r = resolve_new(&c->options, &c->poller, &c->dns);
	if (r >= 0 && !c->sts)
		r = sts_new(&c->options, &c->poller, &c->sts);
	if (r < 0) {
		deliver_answer(a->deliver,
		               &(struct deliver_answer){
		                       .found = DELIVER_UNANSWERED,
		                       .cause = SMTP_CAUSE_LOCAL,
		                       .why = span_str(arena_str(&a->mem, span_str(err_str(r)))),
		               });
		return true;
	}
	if (q.type == DELIVER_STS) {
		sts_ask(c->sts, c->dns, q.name, until_at, &a->mem, on_answer, a, &a->sts_asked);
		return !a->sts_asked;
	}
	resolve_ask(c->dns, &q, until_at, &a->mem, on_answer, a, &a->asked);
	return !a->asked;
}

/* ---- sessions ------------------------------------------------------------------------- */

static void on_session(void *arg, short happened);

static void wait_for(struct attempt *a, short events, int64_t until_at)
{
	struct session *s = a->session;

	if (until_at > a->sending->until_at)
		until_at = a->sending->until_at;
	s->wait.fn = on_session;
	s->wait.arg = a;
	poller_wait(&a->sending->client->poller, &s->wait, s->link.fd, events, until_at);
}

static bool is_direct(const struct attempt *a)
{
	return a->sending->route.direct;
}

/* A connection that is not answered may tell of the network rather than of the server. */
static void wait_for_connection(struct attempt *a)
{
	int64_t until_at = a->connect_until_at, look_at = clock_now_at() + LOOK_MS;

	if (is_direct(a) && !a->sending->client->reach.open && look_at < until_at)
		until_at = look_at;
	wait_for(a, POLLOUT, until_at);
}

static void fail_session(struct attempt *a, int r)
{
	enum smtp_cause cause = r == ERR_NO_MEMORY || r == ERR_LIMIT ? SMTP_CAUSE_LOCAL
	                        : r == ERR_CANCELLED                 ? SMTP_CAUSE_AUTH_OFFER
	                                                             : SMTP_CAUSE_CONNECT;
	const char *what = cause == SMTP_CAUSE_CONNECT ? smtp_cause_text(cause) : "";

	session_free(TAKE(a->session));
	deliver_no_session(
	        a->deliver, cause,
	        span_str(arena_printf(&a->mem, "%s%s%s", what, *what ? ": " : "", err_str(r))));
}

static void have_session(struct attempt *a, size_t candidate)
{
	deliver_session(a->deliver, &(struct deliver_session){ .client = a->session->client,
	                                                       .candidate = candidate,
	                                                       .tls = a->session->tls });
}

/* A kept one, or a new one to the first candidate.  False: wait. */
static bool get_session(struct attempt *a)
{
	struct postrider_client *c = a->sending->client;
	struct deliver_plan plan;
	size_t candidate = 0;
	int r;

	if (a->connecting)
		return false;
	deliver_plan(a->deliver, &plan);
	a->session = client_take(c, &plan, &candidate);
	if (a->session) {
		have_session(a, candidate);
		return true;
	}
	r = session_open(&c->options, &c->tls, &plan, a->sending->route.unverified, &a->session);
	a->connect_at = clock_now_at();
	if (is_direct(a) && r != ERR_UNAVAILABLE)
		reach_begin(&c->reach, &plan.candidates[0].ip, a->connect_at);
	if (r < 0) {
		if (is_direct(a) && r == ERR_NET)
			reach_end(&c->reach, &plan.candidates[0].ip, false);
		fail_session(a, r);
		return true;
	}
	a->connecting = true;
	a->connect_until_at = clock_add(a->connect_at, c->options.connect_ms);
	wait_for_connection(a);
	return false;
}

/* True: whoever is called is not reached. */
static bool is_shut_in(struct attempt *a)
{
	struct postrider_client *c = a->sending->client;
	int64_t now_at = clock_now_at(), waited_ms = now_at - a->connect_at;

	if (!is_direct(a) || c->reach.open)
		return false;
	if (waited_ms >= REACH_ASK_MS && !a->called) {
		a->called = true;
		witness_call(c, a->deliver);
	}
	return waited_ms >= REACH_SILENT_MS && reach_is_shut(&c->reach, now_at);
}

static void note_reach(struct attempt *a, int r)
{
	struct reach *reach = &a->sending->client->reach;

	if (!is_direct(a))
		return;
	if (r == ERR_UNAVAILABLE)
		reach_forget(reach, &a->session->ip);
	else
		reach_end(reach, &a->session->ip, r != ERR_NET && r != ERR_TIMEOUT);
}

static void connected(struct attempt *a, short happened)
{
	struct deliver_plan plan;
	bool shut_in = false;
	int r;

	if (!happened && clock_now_at() < a->connect_until_at) {
		shut_in = is_shut_in(a);
		if (!shut_in) {
			wait_for_connection(a);
			return;
		}
	}
	a->connecting = false;
	deliver_plan(a->deliver, &plan);
	r = happened ? session_opened(a->session, &plan)
	             : err(ERR_TIMEOUT, "connect: no answer in time");
	note_reach(a, r);
	if (r < 0)
		fail_session(a, r);
	else
		have_session(a, 0);
	if (shut_in)
		deliver_end_search(a->deliver);
}

static void on_session(void *arg, short happened)
{
	struct attempt *a = arg;

	if (a->connecting)
		connected(a, happened);
	else if (!happened && !time_is_over(a))
		session_fail(a->session, SMTP_CAUSE_TIMEOUT);
	advance(a);
}

/* Attachments that cannot be read are not tried with the next server. */
static void end_body(struct attempt *a)
{
	if (a->body.failed)
		sending_break(a->sending, a->body.words);
	a->running = false;
	body_fini(&a->body);
}

/* False: wait. */
static bool run(struct attempt *a)
{
	if (!a->running) {
		a->running = true;
		body_init(&a->body, a->sending->mail);
		if (deliver_converts(a->deliver)) {
			a->body.convert = a->seven_bit;
			message_seven_bit_begin(a->body.convert);
		}
	}
	if (!session_turn(a->session, &a->body)) {
		wait_for(a, session_events(a->session), a->session->limit_at);
		return false;
	}
	end_body(a);
	deliver_ran(a->deliver, session_tls_version(a->session));
	return true;
}

/* The server takes no 8-bit text: of a whole message, which has no pieces. */
static void look_at_content(struct attempt *a)
{
	struct deliver_content content;

	a->seven_bit = arena_new(&a->mem, struct message_seven_bit);
	if (!a->seven_bit) {
		deliver_content(a->deliver, NULL);
		return;
	}
	message_seven_bit_init(a->seven_bit);
	message_seven_bit_scan(a->seven_bit, a->sending->mail->text);
	message_seven_bit_scanned(a->seven_bit);
	content.eight_bit = a->seven_bit->eight_bit;
	content.convertible = !a->seven_bit->stuck;
	deliver_content(a->deliver, &content);
}

static void release(struct attempt *a)
{
	struct session *s = TAKE(a->session);

	poller_forget(&s->wait);
	switch (deliver_release(a->deliver)) {
	case DELIVER_KEEP: client_keep(a->sending->client, s); break;
	case DELIVER_QUIT: client_goodbye(a->sending->client, s); break;
	case DELIVER_CLOSE: session_free(s); break;
	}
}

/* ---- the attempt ---------------------------------------------------------------------- */

/* All time is over. */
static void stop(struct attempt *a, enum smtp_cause cause)
{
	if (deliver_want(a->deliver) == DELIVER_WANT_RUN)
		session_fail(a->session, cause);
	resolve_forget(a->asked);
	sts_forget(a->sts_asked);
	if (a->connecting) {
		reach_forget(&a->sending->client->reach, &a->session->ip);
		session_free(TAKE(a->session));
	}
	a->connecting = false;
	deliver_stop(a->deliver, cause);
}

/* One step; false when there is something to wait for, or all is done. */
static bool step(struct attempt *a)
{
	enum deliver_want want = deliver_want(a->deliver);

	if (time_is_over(a) && want != DELIVER_DONE)
		stop(a, a->sending->ended ? SMTP_CAUSE_SHUTDOWN : SMTP_CAUSE_TIME);
	switch (deliver_want(a->deliver)) {
	case DELIVER_WANT_DNS: return ask(a);
	case DELIVER_WANT_SESSION: return get_session(a);
	case DELIVER_WANT_RUN: return run(a);
	case DELIVER_WANT_CONTENT: look_at_content(a); return true;
	case DELIVER_WANT_RELEASE: release(a); return true;
	case DELIVER_DONE: break;
	}
	return false;
}

static void finish(struct attempt *a)
{
	struct sending *s = a->sending;
	int64_t ms = clock_now_at() - a->began_at;
	size_t n;
	const struct deliver_outcome *ends = deliver_outcomes(a->deliver, &n);

	for (size_t i = 0; i < n; i++)
		sending_decided(s, a->rows[i], &ends[i], ms);
	if (a->group->taken < a->group->n)
		list_push_back(&s->waiting, &a->group->list);
	list_remove(&a->link);
	s->n_attempts--;
	body_fini(&a->body);
	arena_fini(&a->mem);
	free(a);
}

static void advance(struct attempt *a)
{
	a->turning = true;
	while (step(a))
		continue;
	a->turning = false;
	if (deliver_want(a->deliver) == DELIVER_DONE)
		finish(a);
}

/* An attempt that cannot even begin. */
static void fail_rows(struct sending *s, const uint32_t *rows, size_t n, int r)
{
	struct deliver_outcome o = { .temporary = true,
		                     .said = { .stage = SMTP_STAGE_RESOLVE,
		                               .cause = SMTP_CAUSE_LOCAL,
		                               .text = span_str(err_str(r)),
		                               .verdict = { SMTP_CLASS_LOCAL_TROUBLE } } };

	for (size_t i = 0; i < n; i++)
		sending_decided(s, rows[i], &o, 0);
}

void attempt_begin(struct sending *s, struct sending_group *g)
{
	struct attempt *a = calloc(1, sizeof *a);
	size_t left = g->n - g->taken, n = left > BATCH_MAX ? BATCH_MAX : left;
	const uint32_t *rows = g->rcpts + g->taken;
	int r = err(ERR_NO_MEMORY, "no memory for an attempt");

	g->taken += n;
	if (a) {
		a->sending = s;
		a->group = g;
		a->rows = rows;
		a->n_rows = n;
		a->began_at = clock_now_at();
		r = prepare(a);
	}
	if (r < 0) {
		fail_rows(s, rows, n, r);
		if (a)
			arena_fini(&a->mem);
		free(a);
		if (g->taken < g->n)
			list_push_back(&s->waiting, &g->list);
		return;
	}
	list_push_back(&s->attempts, &a->link);
	s->n_attempts++;
	advance(a);
}

void attempts_stop(struct sending *s)
{
	struct attempt *a;

	s->until_at = 0;
	while ((a = LIST_FIRST(&s->attempts, struct attempt, link)))
		advance(a);
}
