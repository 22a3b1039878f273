/* Servers and a DNS that say anything: an attempt comes to its end, with an outcome for each
 * recipient; nobody is delivered who was not taken, nor given to servers twice once one may have
 * him; and a login is sent within TLS alone.
 *
 * The first octet is flags.  Then lines: each is what happens next, be it an answer of DNS, a
 * server's reply, or a loss. */
#include "fuzz.h"

#include "deliver/deliver.h"

enum { N_RCPTS = 3, STEPS_MAX = 5000, SESSIONS_MAX = 4 };

enum {
	FLAG_RELAY = 1,
	FLAG_LOGIN = 2,
	FLAG_LMTP = 4,
	FLAG_EIGHT_BIT = 8,
	FLAG_CONVERTIBLE = 16,
	FLAG_UTF8 = 32,
	FLAG_REQUIRED = 64,
	FLAG_IMPLICIT = 128,
};

struct run {
	unsigned flags;
	struct span in;
	struct deliver *d;
	struct smtp_client *now;
	struct smtp_client *kept; /* one at most */
	enum deliver_tls now_tls, kept_tls;
	bool gave_all;   /* the message's end went into this session's transaction */
	unsigned n_ends; /* final dots that were given */
	unsigned n_steps;
	size_t n_delivered;
};

static struct span next_line(struct run *r)
{
	struct span line = { 0 };

	span_split(&r->in, '\n', &line);
	return line;
}

static struct deliver_answer answer_of(struct run *r)
{
	static const struct deliver_record mx[] = { { .name = SPAN("m1"), .preference = 10 },
		                                    { .name = SPAN("m2"), .preference = 10 },
		                                    { .name = SPAN("m3"), .preference = 20 },
		                                    { .name = SPAN(""), .preference = 5 } };
	static const struct deliver_record four[] = { { .ip = { 4, { 11, 0, 0, 1 } } },
		                                      { .ip = { 4, { 10, 0, 0, 1 } } } };
	static const struct deliver_record tlsa[] = { { .tlsa = { 3, 1, 0, SPAN("key") } },
		                                      { .tlsa = { 1, 1, 0, SPAN("key") } } };
	static const struct mtasts_policy policy = {
		MTASTS_ENFORCE, 86400, { SPAN("m1"), SPAN("m3") }, 2
	};
	struct span line = next_line(r);
	struct deliver_answer a = { .found = line.n ? (uint8_t)line.p[0] % 5 : DELIVER_FOUND };

	a.sts = line.n > 4 ? &policy : NULL;
	if (a.found == DELIVER_UNANSWERED)
		a.cause = SMTP_CAUSE_DNS;
	if (a.found != DELIVER_FOUND)
		return a;
	a.records = deliver_question(r->d).type == DELIVER_MX     ? mx
	            : deliver_question(r->d).type == DELIVER_TLSA ? tlsa
	                                                          : four;
	a.n_records = line.n > 1 ? (uint8_t)line.p[1] % 5 : 2;
	a.secure = line.n > 2;
	if (line.n > 3)
		a.canonical = SPAN("alias");
	if (a.records != mx && a.n_records > 2)
		a.n_records = 2;
	return a;
}

static void serve(struct run *r)
{
	struct smtp_client *c = r->now;
	struct span line;

	switch (smtp_client_want(c)) {
	case SMTP_WANT_WRITE:
		if (!smtp_client_facts(c)->tls_used)
			MUST(span_find_span(smtp_client_output(c), SPAN("AUTH")) < 0);
		/* Where TLS must be, no mail goes without. */
		if (!smtp_client_facts(c)->tls_used && r->now_tls != DELIVER_TLS_OPPORTUNISTIC &&
		    r->now_tls != DELIVER_TLS_NONE && r->now_tls != DELIVER_TLS_FAILED)
			MUST(span_find_span(smtp_client_output(c), SPAN("MAIL FROM")) < 0);
		smtp_client_sent(c, smtp_client_output(c).n);
		break;
	case SMTP_WANT_READ:
		line = next_line(r);
		if (!line.n) {
			smtp_client_closed(c, SMTP_CAUSE_CLOSED);
			break;
		}
		smtp_client_recv(c, line);
		smtp_client_recv(c, SPAN("\r\n"));
		break;
	case SMTP_WANT_STARTTLS:
		line = next_line(r);
		if (line.n && line.p[0] == 'T')
			smtp_client_tls_done(c);
		else
			smtp_client_failed(c, SMTP_CAUSE_TLS, SPAN("no"));
		break;
	default:
		MUST(smtp_client_body(c, SPAN("x\r\n")) == 0);
		MUST(smtp_client_body_end(c) == 0);
		r->n_ends++;
	}
}

static void run_session(struct run *r)
{
	enum smtp_client_want want;
	const struct smtp_client_result *results;
	size_t n;

	while ((want = smtp_client_want(r->now)) != SMTP_WANT_IDLE && want != SMTP_WANT_CLOSED) {
		MUST(r->n_steps++ < STEPS_MAX);
		serve(r);
	}
	results = smtp_client_results(r->now, &n);
	for (size_t i = 0; i < n; i++)
		r->n_delivered += results[i].verdict.class == SMTP_CLASS_DELIVERED;
	deliver_ran(r->d, SPAN("TLS"));
}

static void get_session(struct run *r)
{
	struct deliver_plan plan;

	deliver_plan(r->d, &plan);
	MUST(plan.n_candidates > 0);
	if (r->kept && !plan.fresh && deliver_tls_serves(r->kept_tls, plan.candidates[0].tls)) {
		r->now = r->kept;
		r->now_tls = r->kept_tls;
		r->kept = NULL;
	} else {
		struct span line = next_line(r);

		if (line.n && line.p[0] == '!') {
			deliver_no_session(r->d, SMTP_CAUSE_CONNECT, SPAN("refused"));
			return;
		}
		r->now = smtp_client_new(&plan.conf);
		r->now_tls = plan.candidates[0].tls;
		MUST(r->now != NULL);
	}
	deliver_session(r->d, &(struct deliver_session){ .client = r->now, .tls = r->now_tls });
}

static void release(struct run *r)
{
	enum deliver_release how = deliver_release(r->d);

	MUST(how == DELIVER_CLOSE || smtp_client_want(r->now) == SMTP_WANT_IDLE);
	if (how == DELIVER_KEEP && !r->kept) {
		r->kept = r->now;
		r->kept_tls = r->now_tls;
	} else {
		smtp_client_free(r->now);
	}
	r->now = NULL;
}

static void step(struct run *r)
{
	struct deliver_content content = { true, r->flags & FLAG_CONVERTIBLE };
	struct deliver_answer a;

	switch (deliver_want(r->d)) {
	case DELIVER_WANT_DNS:
		a = answer_of(r);
		deliver_answer(r->d, &a);
		break;
	case DELIVER_WANT_SESSION: get_session(r); break;
	case DELIVER_WANT_RUN: run_session(r); break;
	case DELIVER_WANT_CONTENT: deliver_content(r->d, &content); break;
	case DELIVER_WANT_RELEASE: release(r); break;
	case DELIVER_DONE: break;
	}
}

static void check_outcomes(const struct run *r)
{
	size_t n, n_delivered = 0;
	const struct deliver_outcome *o = deliver_outcomes(r->d, &n);

	MUST(n == N_RCPTS);
	for (size_t i = 0; i < n; i++) {
		MUST(o[i].said.done);
		MUST(!o[i].delivered || !o[i].temporary);
		n_delivered += o[i].delivered;
	}
	/* Each that a server took is told of once, and no other. */
	MUST(n_delivered == r->n_delivered);
	/* A further message ends only for those that another left. */
	MUST(r->n_ends <= N_RCPTS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct smtp_client_rcpt rcpts[N_RCPTS] = { { .address = SPAN("b@c") },
		                                                { .address = SPAN("d@c") },
		                                                { .address = SPAN("e@c") } };
	struct deliver_rules rules = {
		.name = SPAN("us"), .port = 25, .transactions_max = 5, .dane = true, .sts = true
	};
	struct deliver_to to = { .domain = SPAN("c") };
	struct run r = { 0 };

	if (!size)
		return 0;
	r.flags = data[0];
	r.in = span_make(data + 1, size - 1);
	if (r.flags & FLAG_RELAY)
		to = (struct deliver_to){ .relay = SPAN("relay"),
			                  .lmtp = r.flags & FLAG_LMTP,
			                  .port = 587,
			                  .tls = r.flags & FLAG_REQUIRED   ? DELIVER_TLS_REQUIRED
			                         : r.flags & FLAG_IMPLICIT ? DELIVER_TLS_IMPLICIT
			                                                   : DELIVER_TLS_NONE };
	if (r.flags & FLAG_LOGIN) {
		to.user = SPAN("u");
		to.password = SPAN("p");
	}
	for (int i = 0; i < 2; i++) { /* the second message may find a kept session */
		AUTO_ARENA mem = { 0 };
		struct smtp_client_tx tx = { .return_path = SPAN("a@b"),
			                     .rcpts = rcpts,
			                     .n_rcpts = N_RCPTS,
			                     .eight_bit = r.flags & FLAG_EIGHT_BIT,
			                     .smtputf8 = r.flags & FLAG_UTF8 };

		r.n_delivered = 0;
		r.n_ends = 0;
		MUST(deliver_new(&rules, &to, &tx, &mem, &r.d) == 0);
		while (deliver_want(r.d) != DELIVER_DONE) {
			MUST(r.n_steps++ < STEPS_MAX);
			step(&r);
		}
		check_outcomes(&r);
	}
	smtp_client_free(r.kept);
	return 0;
}
