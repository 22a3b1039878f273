/* deliver/deliver.c - what is wanted, and what follows what is given; see deliver.h.
 *
 * The servers are tried in order until one answers the transaction.  What it
 * says about a recipient is final for this attempt: a 4xx is not taken to the
 * next server, which is often the same one by another name.  Nor is a message
 * whose end was sent and not answered: the server may have taken it, and the next
 * one would take it again.  Those recipients are deferred, and the queue's wait
 * keeps the duplicate, if it comes to that, rare.
 */
#include "deliver/deliver.h"

#include "deliver/deliver_state.h"

/* ---- what comes next --------------------------------------------------------------- */

/* No server took the message: tells why. */
static void conclude(struct deliver *d)
{
	bool early = d->stopped || d->search_over;
	const struct smtp_client_result *trouble =
	        early ? &d->hosts.trouble : deliver_hosts_trouble(&d->hosts);
	struct smtp_client_result *told = &d->told.failure.result;
	struct smtp_client_result slow = deliver_result(SMTP_STAGE_RESOLVE, SMTP_CAUSE_TIMEOUT,
	                                                SPAN("no server was found in time"));

	d->want = DELIVER_DONE;
	if (d->split)
		return; /* who is left was refused as one too many, and keeps that */
	if (trouble->done)
		deliver_fail(d, trouble, (struct deliver_where){ 0 });
	else if (!d->told.n)
		deliver_fail(d, &slow, (struct deliver_where){ 0 });
	if (d->stopped)
		*told = deliver_result(told->stage, d->stopped, (struct span){ 0 });
	told->verdict.permanent = !d->told.n_temporary && !d->stopped;
	deliver_settle_all(d, told, &d->told.failure.where);
}

static void go_on(struct deliver *d)
{
	if (d->stopped || d->search_over)
		conclude(d);
	else if (d->n_group)
		d->want = DELIVER_WANT_SESSION;
	else if (!deliver_hosts_next(&d->hosts, &d->group, &d->n_group))
		d->want = DELIVER_WANT_DNS;
	else if (d->n_group)
		d->want = DELIVER_WANT_SESSION;
	else
		conclude(d);
}

static void next_address(struct deliver *d)
{
	d->group++;
	d->n_group--;
	d->fresh = false;
	go_on(d);
}

int deliver_new(const struct deliver_rules *rules, const struct deliver_to *to,
                const struct smtp_client_tx *message, struct arena *mem, struct deliver **out)
{
	struct deliver *d;

	if (!message->n_rcpts)
		return err(ERR_SYNTAX, "a message needs a recipient");
	if (message->n_rcpts > SMTP_CLIENT_RCPTS_MAX)
		return err(ERR_TOO_LONG, "more than %d recipients", SMTP_CLIENT_RCPTS_MAX);
	d = arena_new(mem, struct deliver);
	if (!d)
		return err(ERR_NO_MEMORY, "no memory for an attempt");
	d->rules = rules;
	d->to = to;
	d->mem = mem;
	d->tx = *message;
	d->may_be_8bit = message->eight_bit;
	d->size = message->size;
	d->n_outcomes = message->n_rcpts;
	d->index = arena_array(mem, size_t, d->n_outcomes);
	d->outcomes = arena_array(mem, struct deliver_outcome, d->n_outcomes);
	if (!d->index || !d->outcomes)
		return err(ERR_NO_MEMORY, "no memory for an attempt");
	for (size_t i = 0; i < d->n_outcomes; i++)
		d->index[i] = i;
	if (deliver_put_in_ascii(d) < 0)
		return err(ERR_NO_MEMORY, "no memory for an attempt");
	deliver_hosts_open(&d->hosts, rules, to, mem);
	go_on(d);
	*out = d;
	return 0;
}

enum deliver_want deliver_want(const struct deliver *d)
{
	return d->want;
}

struct deliver_question deliver_question(const struct deliver *d)
{
	return deliver_hosts_question(&d->hosts);
}

void deliver_answer(struct deliver *d, const struct deliver_answer *answer)
{
	if (d->want != DELIVER_WANT_DNS)
		return;
	deliver_hosts_answer(&d->hosts, answer);
	go_on(d);
}

/* ---- sessions ---------------------------------------------------------------------- */

static enum smtp_client_tls client_tls(enum deliver_tls tls)
{
	switch (tls) {
	case DELIVER_TLS_OPPORTUNISTIC:
	case DELIVER_TLS_TESTING: return SMTP_TLS_OPPORTUNISTIC;
	case DELIVER_TLS_REQUIRED:
	case DELIVER_TLS_DANE:
	case DELIVER_TLS_ENCRYPTED:
	case DELIVER_TLS_STS: return SMTP_TLS_REQUIRED;
	case DELIVER_TLS_IMPLICIT: return SMTP_TLS_IMPLICIT;
	case DELIVER_TLS_NONE:
	case DELIVER_TLS_FAILED: break;
	}
	return SMTP_TLS_NONE;
}

bool deliver_tls_serves(enum deliver_tls kept, enum deliver_tls wanted)
{
	return kept == wanted ||
	       (kept == DELIVER_TLS_FAILED && wanted == DELIVER_TLS_OPPORTUNISTIC);
}

void deliver_plan(const struct deliver *d, struct deliver_plan *out)
{
	const struct deliver_to *to = d->to;

	*out = (struct deliver_plan){
		.candidates = d->group,
		.n_candidates = d->fresh ? 1 : d->n_group,
		.fresh = d->fresh,
		.conf = {
			.name = d->rules->name,
			.lmtp = to->relay.n && to->lmtp,
			.tls = client_tls(d->n_group ? d->group[0].tls : DELIVER_TLS_NONE),
			.user = to->relay.n ? to->user : (struct span){ 0 },
			.password = to->relay.n ? to->password : (struct span){ 0 },
			.scram = d->rules->scram,
			.auth_in_clear =
			        d->n_group && (!d->group[0].ip.n || ip_is_loopback(&d->group[0].ip)),
		},
	};
}

size_t deliver_further_hosts(const struct deliver *d, struct span *out, size_t max)
{
	const struct deliver_hosts *h = &d->hosts;
	size_t n = 0;

	for (size_t i = h->next_host; i < h->n_hosts && n < max; i++)
		out[n++] = h->hosts[i].name;
	return n;
}

static void begin(struct deliver *d)
{
	int r = smtp_client_begin(d->session.client, &d->tx);
	struct smtp_client_result result;

	if (r >= 0) {
		d->want = DELIVER_WANT_RUN;
		return;
	}
	d->want = DELIVER_WANT_RELEASE;
	if (r == ERR_CLOSED && d->kept) {
		d->fresh = true;
		d->after = AFTER_SAME;
		return;
	}
	result = deliver_result(SMTP_STAGE_MAIL, SMTP_CAUSE_LOCAL, span_str(err_str(r)));
	deliver_settle_all(d, &result, &(struct deliver_where){ 0 });
	d->after = AFTER_DONE;
}

void deliver_session(struct deliver *d, const struct deliver_session *s)
{
	size_t i = s->candidate;
	struct deliver_candidate to;

	if (d->want != DELIVER_WANT_SESSION || i >= d->n_group)
		return;
	to = d->group[i];
	d->group[i] = d->group[0];
	d->group[0] = to;
	d->session = *s;
	d->kept = smtp_client_facts(s->client)->n_transactions > 0;
	begin(d);
}

void deliver_no_session(struct deliver *d, enum smtp_cause cause, struct span why)
{
	struct smtp_client_result result = deliver_result(SMTP_STAGE_CONNECT, cause, why);

	if (d->want != DELIVER_WANT_SESSION)
		return;
	deliver_fail(d, &result, deliver_where_to(d));
	if (d->split)
		d->want = DELIVER_DONE;
	else
		next_address(d);
}

/* ---- results ----------------------------------------------------------------------- */

static struct smtp_client_rcpt *own_rcpts(struct deliver *d)
{
	if (!d->own_rcpts)
		d->own_rcpts = arena_array(d->mem, struct smtp_client_rcpt, d->tx.n_rcpts);
	return d->own_rcpts;
}

/* RFC 5321 4.5.3.1.10: recipients over the server's limit go into a further transaction
 * at once, as long as each takes some.  True when there is one to run. */
static bool take_over_limit(struct deliver *d)
{
	size_t n, n_over = 0, n_taken = 0;
	const struct smtp_client_result *results = smtp_client_results(d->session.client, &n);
	struct smtp_client_rcpt *own;

	for (size_t i = 0; i < n; i++) {
		n_taken += results[i].verdict.class == SMTP_CLASS_DELIVERED;
		n_over += deliver_is_over_limit(&results[i]);
	}
	if (!n_taken || !n_over || !(own = own_rcpts(d)))
		return false;
	n_over = 0;
	for (size_t i = 0; i < n; i++) {
		if (!deliver_is_over_limit(&results[i]))
			continue;
		own[n_over] = d->tx.rcpts[i];
		d->index[n_over++] = d->index[i];
	}
	d->tx.rcpts = own;
	d->tx.n_rcpts = n_over;
	d->split = true;
	return true;
}

static void take(struct deliver *d, const struct deliver_heard *h, struct span tls_version)
{
	deliver_settle(d, tls_version);
	d->after = AFTER_DONE;
	if (!take_over_limit(d))
		return;
	if (deliver_release_of(h, d->rules->transactions_max) == DELIVER_KEEP) {
		d->kept = true;
		begin(d);
		return;
	}
	d->fresh = true;
	d->after = AFTER_SAME;
}

static void note_failure(struct deliver *d, struct span tls_version)
{
	size_t n;
	const struct smtp_client_result *results = smtp_client_results(d->session.client, &n);

	if (n)
		deliver_fail(d, &results[0], deliver_where(d, tls_version));
}

static void next_host(struct deliver *d, struct span tls_version)
{
	note_failure(d, tls_version);
	d->want = DELIVER_WANT_RELEASE;
	d->after = d->split ? AFTER_DONE : AFTER_NEXT;
}

/* The server has no 8BITMIME: the message is looked at, once; then it goes as it is when its
 * body is 7bit after all, or is made so, or another host may take it (RFC 6152 3). */
static void do_without_8bit(struct deliver *d, struct span tls_version)
{
	if (!d->content_known) {
		d->tls_version = tls_version;
		d->want = DELIVER_WANT_CONTENT;
		return;
	}
	if (d->may_be_8bit && !d->convertible) {
		next_host(d, tls_version);
		return;
	}
	d->converts = d->may_be_8bit;
	d->tx.eight_bit = false;
	d->tx.size = d->converts ? 0 : d->size; /* it grows, nobody knows by how much */
	begin(d);
}

void deliver_signed(struct deliver *d)
{
	d->content_known = true;
	d->convertible = false;
}

bool deliver_converts(const struct deliver *d)
{
	return d->converts;
}

void deliver_content(struct deliver *d, const struct deliver_content *content)
{
	struct smtp_client_result local =
	        deliver_result(SMTP_STAGE_MAIL, SMTP_CAUSE_LOCAL, (struct span){ 0 });
	struct deliver_where where;

	if (d->want != DELIVER_WANT_CONTENT)
		return;
	if (content) {
		d->content_known = true;
		d->may_be_8bit = content->eight_bit;
		d->convertible = content->convertible;
		do_without_8bit(d, d->tls_version);
		return;
	}
	where = deliver_where(d, d->tls_version);
	deliver_settle_all(d, &local, &where);
	d->want = DELIVER_WANT_RELEASE;
	d->after = AFTER_DONE;
}

void deliver_ran(struct deliver *d, struct span tls_version)
{
	struct deliver_heard h = deliver_heard(d);

	if (d->want != DELIVER_WANT_RUN)
		return;
	d->want = DELIVER_WANT_RELEASE;
	switch (deliver_react(&h)) {
	case DELIVER_TAKE: take(d, &h, tls_version); break;
	case DELIVER_NEXT_HOST: next_host(d, tls_version); break;
	case DELIVER_SEVEN_BIT: do_without_8bit(d, tls_version); break;
	case DELIVER_NEW_SESSION:
		d->fresh = true;
		d->after = AFTER_SAME;
		break;
	case DELIVER_IN_CLEAR:
		note_failure(d, tls_version);
		d->group[0].tls = DELIVER_TLS_FAILED;
		d->fresh = true;
		d->after = AFTER_SAME;
		break;
	}
}

enum deliver_release deliver_release(struct deliver *d)
{
	struct deliver_heard h = deliver_heard(d);
	enum deliver_release how;

	if (d->want != DELIVER_WANT_RELEASE)
		return DELIVER_CLOSE;
	how = deliver_release_of(&h, d->rules->transactions_max);
	d->session = (struct deliver_session){ 0 };
	d->tx.eight_bit = d->may_be_8bit;
	d->tx.size = d->size;
	d->converts = false;
	if (d->after == AFTER_DONE)
		d->want = DELIVER_DONE;
	else if (d->after == AFTER_NEXT)
		next_address(d);
	else
		go_on(d);
	return how;
}

/* ---- the end ----------------------------------------------------------------------- */

void deliver_end_search(struct deliver *d)
{
	d->search_over = true;
	if (d->want == DELIVER_WANT_DNS || d->want == DELIVER_WANT_SESSION)
		conclude(d);
}

void deliver_stop(struct deliver *d, enum smtp_cause cause)
{
	d->stopped = cause == SMTP_CAUSE_NONE ? SMTP_CAUSE_LOCAL : cause;
	if (d->want == DELIVER_WANT_DNS || d->want == DELIVER_WANT_SESSION)
		conclude(d);
}

const struct deliver_outcome *deliver_outcomes(const struct deliver *d, size_t *n)
{
	*n = d->want == DELIVER_DONE ? d->n_outcomes : 0;
	return d->outcomes;
}
