/* tests/unit/deliver/script.c - see script.h. */
#include "script.h"

#include "base/buf.h"
#include "test.h"
#include "zone.h"

static const struct zone_row ZONE[] = {
	{ "d", DELIVER_MX, "10 m1,20 m2" },   { "e", DELIVER_MX, "10 m1,10 m2" },
	{ "one", DELIVER_MX, "10 m1" },       { "m1", DELIVER_A, "11.0.0.1" },
	{ "m2", DELIVER_A, "11.0.0.2" },      { "null", DELIVER_MX, "0 " },
	{ "lost", DELIVER_MX, "SERVFAIL" },   { "relay", DELIVER_A, "10.0.0.9" },
	{ "nothing", DELIVER_MX, "10 none" },
};

/* A session: the client and what is left of its server's script. */
struct session {
	struct smtp_client *client;
	struct span script;
	struct deliver_candidate to;
	enum deliver_tls tls;
	bool idle; /* kept */
};

struct run {
	const struct script *s;
	struct session sessions[SCRIPT_SESSIONS_MAX];
	size_t n_sessions;
	struct session *now;
	struct deliver *deliver;
	struct arena *mem;
	unsigned n_wanted; /* sessions, in this attempt */
};

static struct buf sessions = BUF(1 << 14), outcomes = BUF(1 << 14), heard = BUF(1 << 16);

static void drain(struct smtp_client *c)
{
	struct span out = smtp_client_output(c);

	for (size_t i = 0; i < out.n; i++)
		if (out.p[i] != '\r')
			buf_putc(&heard, out.p[i] == '\n' ? ' ' : out.p[i]);
	smtp_client_sent(c, out.n);
}

static void read_reply(struct session *s)
{
	AUTO_BUF lines = BUF(1 << 14);
	struct span step, line;

	if (!span_split(&s->script, ';', &step) || span_eq(step, SPAN("HANGUP"))) {
		smtp_client_closed(s->client, SMTP_CAUSE_CLOSED);
		return;
	}
	if (span_eq(step, SPAN("SILENCE"))) {
		smtp_client_closed(s->client, SMTP_CAUSE_TIMEOUT);
		return;
	}
	while (span_split(&step, '|', &line)) {
		buf_put(&lines, line);
		buf_puts(&lines, "\r\n");
	}
	smtp_client_recv(s->client, exact(buf_span(&lines)));
}

static void handshake(struct session *s)
{
	struct span step;

	if (span_split(&s->script, ';', &step) && span_eq(step, SPAN("TLS")))
		smtp_client_tls_done(s->client);
	else
		smtp_client_failed(s->client, SMTP_CAUSE_TLS, SPAN("no cipher in common"));
}

static void run_session(struct session *s, bool converts)
{
	enum smtp_client_want want;

	while ((want = smtp_client_want(s->client)) != SMTP_WANT_IDLE && want != SMTP_WANT_CLOSED)
		switch (want) {
		case SMTP_WANT_WRITE: drain(s->client); break;
		case SMTP_WANT_READ: read_reply(s); break;
		case SMTP_WANT_STARTTLS: handshake(s); break;
		default:
			if (converts)
				buf_puts(&heard, "(7bit) ");
			CHECK_INT(smtp_client_body(s->client, SPAN("Subject: x\r\n\r\nx\r\n")), 0);
			CHECK_INT(smtp_client_body_end(s->client), 0);
		}
}

static struct session *find_kept(struct run *r, const struct deliver_plan *plan, size_t *candidate)
{
	for (size_t i = 0; !plan->fresh && i < plan->n_candidates; i++)
		for (size_t j = 0; j < r->n_sessions; j++) {
			struct session *s = &r->sessions[j];

			if (!s->idle || !ip_eq(&s->to.ip, &plan->candidates[i].ip) ||
			    !deliver_tls_serves(s->tls, plan->candidates[i].tls))
				continue;
			*candidate = i;
			return s;
		}
	return NULL;
}

static struct session *open_new(struct run *r, const struct deliver_plan *plan)
{
	struct session *s = &r->sessions[r->n_sessions];

	CHECK(r->n_sessions < SCRIPT_SESSIONS_MAX && r->s->sessions[r->n_sessions]);
	s->script = span_str(r->s->sessions[r->n_sessions++]);
	s->to = plan->candidates[0];
	s->tls = plan->candidates[0].tls;
	buf_printf(&sessions, "%.*s+%c", SPAN_ARG(s->to.host), "ONRIFDEST"[s->tls]);
	if (span_eq(s->script, SPAN("!")))
		return NULL;
	s->client = smtp_client_new(&plan->conf);
	CHECK(s->client != NULL);
	return s;
}

static void get_session(struct run *r)
{
	struct deliver_plan plan;
	size_t candidate = 0;

	if (r->s->stop && r->n_wanted++) {
		deliver_stop(r->deliver, r->s->stop);
		return;
	}
	deliver_plan(r->deliver, &plan);
	CHECK(plan.n_candidates > 0);
	if (sessions.n && sessions.p[sessions.n - 1] != '|')
		buf_puts(&sessions, ", ");
	r->now = find_kept(r, &plan, &candidate);
	if (r->now) {
		r->now->to = plan.candidates[candidate]; /* its words were the last attempt's */
		buf_printf(&sessions, "%.*s=%c", SPAN_ARG(r->now->to.host),
		           "ONRIFDEST"[r->now->tls]);
	} else {
		r->now = open_new(r, &plan);
	}
	if (!r->now) {
		buf_puts(&sessions, " none");
		deliver_no_session(r->deliver, SMTP_CAUSE_CONNECT, SPAN("refused"));
		return;
	}
	r->now->idle = false;
	deliver_session(r->deliver, &(struct deliver_session){ .client = r->now->client,
	                                                       .candidate = candidate,
	                                                       .tls = r->now->tls });
}

static void release(struct run *r)
{
	switch (deliver_release(r->deliver)) {
	case DELIVER_KEEP:
		CHECK_INT(smtp_client_want(r->now->client), SMTP_WANT_IDLE);
		buf_puts(&sessions, " keep");
		r->now->idle = true;
		break;
	case DELIVER_QUIT:
		CHECK_INT(smtp_client_want(r->now->client), SMTP_WANT_IDLE);
		buf_puts(&sessions, " quit");
		break;
	case DELIVER_CLOSE: buf_puts(&sessions, " close"); break;
	}
	r->now = NULL;
}

static bool step(struct run *r)
{
	struct deliver_answer a;
	bool tls;

	switch (deliver_want(r->deliver)) {
	case DELIVER_WANT_DNS:
		a = zone_answer(ZONE, N_ELEMS(ZONE), deliver_question(r->deliver), r->mem);
		deliver_answer(r->deliver, &a);
		break;
	case DELIVER_WANT_SESSION: get_session(r); break;
	case DELIVER_WANT_RUN:
		run_session(r->now, deliver_converts(r->deliver));
		tls = smtp_client_facts(r->now->client)->tls_used;
		deliver_ran(r->deliver, tls ? SPAN("TLSv1.3") : SPAN(""));
		break;
	case DELIVER_WANT_CONTENT:
		deliver_content(r->deliver, r->s->unreadable ? NULL : &r->s->content);
		break;
	case DELIVER_WANT_RELEASE: release(r); break;
	case DELIVER_DONE: return false;
	}
	return true;
}

/* "b\xc3\xbc.test" is "xn--b-eha.test"; of others nothing is known. */
static int to_ascii(struct span domain, struct arena *mem, struct span *out)
{
	if (!span_eq(domain, SPAN("b\xc3\xbc.test")))
		return err(ERR_SYNTAX, "no name");
	return arena_copy(mem, SPAN("xn--b-eha.test"), out);
}

static void put_outcomes(struct run *r)
{
	size_t n;
	const struct deliver_outcome *all = deliver_outcomes(r->deliver, &n);

	CHECK_INT(n, r->s->n_rcpts ? r->s->n_rcpts : 1);
	for (size_t i = 0; i < n; i++) {
		const struct deliver_outcome *o = &all[i];

		CHECK(o->said.done && o->said.text.n + o->delivered > 0);
		CHECK(!o->delivered || !o->temporary);
		if (i)
			buf_putc(&outcomes, ' ');
		buf_putc(&outcomes, o->delivered ? 'D' : o->temporary ? 'T' : 'P');
		if (o->said.code)
			buf_printf(&outcomes, "%d", o->said.code);
		else
			buf_printf(&outcomes, ":%s", smtp_class_name(o->said.verdict.class));
		if (o->host.n)
			buf_printf(&outcomes, "@%.*s", SPAN_ARG(o->host));
	}
}

static void attempt(struct run *r, const struct deliver_rules *rules, struct deliver_to *to)
{
	AUTO_ARENA mem = { 0 };
	unsigned n = r->s->n_rcpts ? r->s->n_rcpts : 1;
	struct smtp_client_rcpt *rcpts = arena_array(&mem, struct smtp_client_rcpt, n);
	struct smtp_client_tx tx = { .return_path = span_str(r->s->return_path ? r->s->return_path
		                                                               : "alice@us.test"),
		                     .rcpts = rcpts,
		                     .n_rcpts = n,
		                     .size = 20,
		                     .eight_bit = r->s->eight_bit,
		                     .smtputf8 = r->s->smtputf8 };

	r->mem = &mem;
	r->n_wanted = 0;
	for (unsigned i = 0; i < n; i++)
		rcpts[i].address = span_str(arena_printf(
		        &mem, "b%u@%s", i, r->s->rcpt_domain ? r->s->rcpt_domain : "d"));
	CHECK_INT(deliver_new(rules, to, &tx, &mem, &r->deliver), 0);
	if (r->s->is_signed)
		deliver_signed(r->deliver);
	while (step(r))
		continue;
	put_outcomes(r);
}

void script_run(const struct script *s, const char **sessions_out, const char **outcomes_out,
                const char **heard_out)
{
	struct deliver_rules rules = { .name = SPAN("us.test"),
		                       .port = 25,
		                       .to_ascii = to_ascii,
		                       .transactions_max = s->transactions_max };
	struct deliver_to to = s->to;
	struct run r = { .s = s };

	if (!to.domain.n)
		to.domain = SPAN("d");
	buf_reset(&sessions);
	buf_reset(&outcomes);
	buf_reset(&heard);
	for (unsigned i = 0; i < (s->n_messages ? s->n_messages : 1); i++) {
		if (i) {
			buf_putc(&sessions, '|');
			buf_putc(&outcomes, '|');
		}
		attempt(&r, &rules, &to);
	}
	for (size_t i = 0; i < r.n_sessions; i++)
		smtp_client_free(r.sessions[i].client);
	*sessions_out = buf_str(&sessions);
	*outcomes_out = buf_str(&outcomes);
	*heard_out = buf_str(&heard);
}
