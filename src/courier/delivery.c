/* courier/delivery.c - one attempt: one message to recipients of one destination.
 *
 * Sources: RFC 5321 3.3, 4.2.1, 5.1; RFC 7435 (opportunistic TLS).
 * The servers are tried in order until one answers the transaction.  What it
 * says about a recipient is final for this attempt: a 4xx is not taken to the
 * next server, which is often the same one by another name.  Nor is a message
 * whose end was sent and not answered: the server may have taken it, and the next
 * one would take it again.  Those recipients are deferred, and the queue's wait
 * keeps the duplicate, if it comes to that, rare.
 */
#include "courier/courier.h"

#include "courier/state.h"

enum {
	ATTEMPT_MS = 2 * 60 * 60 * 1000, /* everything */
	SEARCH_MS = 15 * 60 * 1000,      /* after this no further server is tried */
};

struct delivery {
	const struct courier_attempt_args *job;
	struct arena *mem;
	struct courier_outcome *outcomes; /* one a recipient */
	int64_t began_at;
	struct smtp_client_rcpt *rcpts;
	size_t *index; /* of the job's recipient, for each of rcpts */
	struct smtp_client_tx tx;
	struct failures failures;
	bool decided; /* by a fault of our own */
};

static int prepare(struct delivery *d)
{
	const struct courier_attempt_args *job = d->job;

	d->rcpts = arena_array(d->mem, struct smtp_client_rcpt, job->n_recipients);
	d->index = arena_array(d->mem, size_t, job->n_recipients);
	d->outcomes = arena_array(d->mem, struct courier_outcome, job->n_recipients);
	if (!d->rcpts || !d->index || !d->outcomes)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < job->n_recipients; i++) {
		d->rcpts[i].address = job->recipients[i].address;
		d->index[i] = i;
	}
	d->tx = (struct smtp_client_tx){
		.return_path = job->return_path,
		.rcpts = d->rcpts,
		.n_rcpts = job->n_recipients,
		.size = job->size_bytes,
		.eight_bit = job->body_8bit,
		.smtputf8 = job->smtputf8,
	};
	return 0;
}

/* Copies what is borrowed from the connection; without memory it stays empty. */
static struct span keep(struct delivery *d, struct span s)
{
	struct span kept;

	if (!s.n || arena_copy(d->mem, s, &kept) < 0)
		return (struct span){ 0 };
	return kept;
}

static struct where keep_where(struct delivery *d, struct where w)
{
	return (struct where){
		.host = keep(d, w.host),
		.address = keep(d, w.address),
		.tls_version = keep(d, w.tls_version),
		.tls_policy = w.tls_policy,
	};
}

static struct span print_enhanced(struct delivery *d, struct smtp_enhanced e)
{
	if (!e.class)
		return (struct span){ 0 };
	return span_str(arena_printf(d->mem, "%u.%u.%u", e.class, e.subject, e.detail));
}

/* The outcome of the i-th recipient of the transaction. */
static void decide(struct delivery *d, size_t i, const struct smtp_client_result *r,
                   const struct where *w)
{
	bool delivered = r->verdict.class == SMTP_CLASS_DELIVERED;

	i = d->index[i];
	d->outcomes[i] = (struct courier_outcome){
		.recipient = d->job->recipients[i].recipient,
		.delivered = delivered,
		.temporary = !delivered && !r->verdict.permanent,
		.stage = (uint8_t)r->stage,
		.class = (uint8_t)r->verdict.class,
		.code = (uint16_t)r->code,
		.enhanced = print_enhanced(d, r->enhanced),
		.text = keep(d, r->text),
		.remote_host = w->host,
		.remote_address = w->address,
		.tls_version = w->tls_version,
		.tls_policy = w->tls_policy,
		.elapsed_ms = clock_now_at() - d->began_at,
	};
}

static void decide_all(struct delivery *d, const struct smtp_client_result *r,
                       const struct where *w)
{
	for (size_t i = 0; i < d->tx.n_rcpts; i++)
		decide(d, i, r, w);
}

/* The server was not to be had for this message: another one may be.  What it
 * said after MAIL is about the message, save that it is closing down. */
static bool is_servers_failure(const struct smtp_client_result *r)
{
	if (r->stage < SMTP_STAGE_MAIL)
		return true;
	if (r->stage > SMTP_STAGE_MAIL)
		return false;
	return r->code == 421 || r->cause == SMTP_CAUSE_CLOSED || r->cause == SMTP_CAUSE_TIMEOUT ||
	       r->cause == SMTP_CAUSE_PROTOCOL;
}

static void fail(struct delivery *d, const struct smtp_client_result *r, struct where w)
{
	struct failure f = { *r, keep_where(d, w) };

	f.result.text = keep(d, r->text);
	failures_add(&d->failures, &f);
}

static void fail_connect(struct delivery *d, const struct candidate *to, int r)
{
	char address[ADDRESS_TEXT_BYTES];
	enum smtp_cause cause = SMTP_CAUSE_CONNECT;
	struct smtp_client_result result;
	const char *why;

	if (r == ERR_NO_MEMORY || r == ERR_LIMIT)
		cause = SMTP_CAUSE_LOCAL;
	else if (r != ERR_CANCELLED)
		avoid_add(&courier.avoid, &to->address, clock_now_at());
	why = arena_printf(d->mem, "%s: %s", smtp_cause_text(cause), err_str(r));
	result = failure_result(SMTP_STAGE_CONNECT, cause, span_str(why));
	fail(d, &result,
	     (struct where){
	             .host = to->host,
	             .address = span_str(address_text(&to->address, true, address)),
	     });
}

/* Runs the transaction; the connection stays. */
static void transact(struct delivery *d, struct connection *c)
{
	struct body body = { .job = d->job };
	struct smtp_client_result result;
	int r = smtp_client_begin(c->client, &d->tx);

	if (r >= 0) {
		connection_run(c, &body); /* WAITS */
		return;
	}
	result = failure_result(SMTP_STAGE_MAIL, SMTP_CAUSE_LOCAL, span_str(err_str(r)));
	decide_all(d, &result, &(struct where){ 0 });
	d->decided = true;
}

static struct connection *open_and_transact(struct delivery *d, const struct candidate *to,
                                            enum smtp_client_tls tls)
{
	struct connection *c;
	int r;

	{
		FIBRE_TIMEOUT(courier.set->delivery_connect_time);
		r = connection_open(to, tls, &c); /* WAITS */
	}
	if (r < 0) {
		fail_connect(d, to, r);
		return NULL;
	}
	avoid_remove(&courier.avoid, &to->address);
	transact(d, c); /* WAITS */
	return c;
}

/* A kept connection that the server had given up unnoticed: it took nothing. */
static bool died_unheard(const struct connection *c)
{
	const struct smtp_client_result *end = smtp_client_end(c->client);

	return end->done && end->stage <= SMTP_STAGE_MAIL &&
	       (end->cause == SMTP_CAUSE_CLOSED || end->code == 421);
}

/* Takes the results; false when they only say that another server is to be tried. */
static bool settle(struct delivery *d, const struct connection *c)
{
	struct where w = connection_where(c);
	const struct smtp_client_result *results;
	size_t n;

	results = smtp_client_results(c->client, &n);
	for (size_t i = 0; i < n; i++)
		if (is_servers_failure(&results[i])) {
			fail(d, &results[i], w);
			return false;
		}
	w = keep_where(d, w);
	for (size_t i = 0; i < n; i++)
		decide(d, i, &results[i], &w);
	return true;
}

static bool is_over_limit(const struct smtp_client_result *r)
{
	return r->stage == SMTP_STAGE_RCPT && r->verdict.class == SMTP_CLASS_RATE_LIMITED &&
	       (r->cause == SMTP_CAUSE_RCPT_LIMIT || r->code == 452 || r->code == 552);
}

/* RFC 5321 4.5.3.1.10: recipients over the server's limit go into a further transaction
 * at once, as long as each takes some.  True when there is one to run. */
static bool take_over_limit(struct delivery *d, const struct connection *c)
{
	const struct smtp_client_result *results;
	bool progress = false;
	size_t n, n_over = 0;

	results = smtp_client_results(c->client, &n);
	for (size_t i = 0; i < n; i++) {
		progress = progress || results[i].verdict.class == SMTP_CLASS_DELIVERED;
		if (!is_over_limit(&results[i]))
			continue;
		d->rcpts[n_over] = d->rcpts[i];
		d->index[n_over++] = d->index[i];
	}
	d->tx.n_rcpts = n_over;
	return progress && n_over && smtp_client_want(c->client) == SMTP_WANT_IDLE;
}

/* Keeps the connection for the next message, or ends it. */
static void put_away(struct connection *c)
{
	const struct smtp_client_facts *facts = smtp_client_facts(c->client);
	uint32_t told = facts->ehlo.mail_max; /* RFC 9422 4.1 */

	if (smtp_client_want(c->client) != SMTP_WANT_IDLE)
		connection_free(c);
	else if (facts->n_transactions >= courier.set->delivery_messages_per_connection ||
	         (told && facts->n_transactions >= told))
		pool_end(&courier.pool, c);
	else
		pool_put(&courier.pool, c); /* WAITS */
}

/* Tries one address, on the kept connection to it if there is one.  True when the
 * recipients are decided. */
static bool try_address(struct delivery *d, const struct candidate *to, struct connection *kept)
{
	struct connection *c = kept;
	bool decided;

	if (c) {
		transact(d, c); /* WAITS */
		if (died_unheard(c))
			connection_free(TAKE(c));
	}
	if (!c)
		c = open_and_transact(d, to, SMTP_TLS_OPPORTUNISTIC); /* WAITS */
	if (c && c->tls_broke) { /* RFC 7435: in the clear rather than not at all */
		connection_free(c);
		c = open_and_transact(d, to, SMTP_TLS_NONE); /* WAITS */
	}
	if (!c)
		return false;
	decided = d->decided || settle(d, c);
	while (decided && !d->decided && take_over_limit(d, c)) {
		transact(d, c); /* WAITS */
		settle(d, c);
	}
	put_away(c); /* WAITS */
	return decided;
}

/* A kept connection to one of n equal candidates, which is moved to the front. */
static struct connection *take_kept(struct candidate *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct connection *c = pool_take(&courier.pool, &all[i]);
		struct candidate to = all[i];

		if (!c)
			continue;
		all[i] = all[0];
		all[0] = to;
		return c;
	}
	return NULL;
}

/* Tries one server after the other.  True when the recipients are decided. */
static bool search(struct delivery *d, struct destination *to)
{
	int64_t until_at = clock_add(d->began_at, SEARCH_MS);
	struct candidate *all;
	size_t n;

	while ((n = destination_next(to, &all)) > 0) { /* WAITS */
		struct connection *kept = take_kept(all, n);

		for (size_t i = 0; i < n; i++) {
			if (try_address(d, &all[i], TAKE(kept))) /* WAITS */
				return true;
			if (fibre_cancelled() || clock_now_at() >= until_at)
				return false;
		}
	}
	return false;
}

/* No server took the transaction: tells why. */
static void conclude(struct delivery *d, struct destination *to)
{
	const struct smtp_client_result *trouble = destination_trouble(to);
	struct failure *told = &d->failures.told;

	if (trouble->done)
		fail(d, trouble, (struct where){ 0 });
	if (fibre_cancelled())
		told->result =
		        failure_result(told->result.stage, SMTP_CAUSE_SHUTDOWN, (struct span){ 0 });
	told->result.verdict.permanent = !d->failures.n_temporary && !fibre_cancelled();
	decide_all(d, &told->result, &told->where);
}

int courier_attempt_here(const struct courier_attempt_args *job, struct arena *mem,
                         struct courier_outcomes *out)
{
	FIBRE_TIMEOUT(ATTEMPT_MS);
	struct delivery d = { .job = job, .mem = mem, .began_at = clock_now_at() };
	struct destination *to = arena_new(mem, struct destination);

	if (!to || prepare(&d) < 0)
		return err(ERR_NO_MEMORY, "no memory for an attempt");
	destination_open(to, &courier.rules, job->domain, mem); /* WAITS */
	if (!search(&d, to))                                    /* WAITS */
		conclude(&d, to);
	*out = (struct courier_outcomes){ .outcomes = d.outcomes, .n_outcomes = job->n_recipients };
	return 0;
}
