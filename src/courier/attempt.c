/* courier/attempt.c - one attempt: turns the engine of deliver/deliver.h, which decides.
 *
 * Here are its fibre, DNS, connections and time; nothing else.
 */
#include "courier/courier.h"

#include "courier/question.h"
#include "courier/rehearse.h"
#include "courier/report.h"
#include "courier/state.h"

enum {
	ATTEMPT_MS = 2 * 60 * 60 * 1000, /* everything */
	SEARCH_MS = 15 * 60 * 1000,      /* after this no further server is tried */
	PORT_SMTP = 25,
	PORT_LMTP = 24,
	PORT_SUBMISSIONS = 465,
};

struct attempt {
	struct list link; /* in courier.attempts */
	struct fibre *fibre;
	const struct courier_attempt_args *args;
	struct text text;
	struct arena *mem;
	int64_t began_at, search_until_at;
	struct deliver_to to;
	struct smtp_client_tx tx;
	struct courier_outcome *outcomes;
	struct message_seven_bit *seven_bit; /* NULL until the message is looked at */
	struct deliver *deliver;
	struct connection *connection;
};

static const enum deliver_tls TLS[] = {
	[COURIER_TLS_OPPORTUNISTIC] = DELIVER_TLS_OPPORTUNISTIC,
	[COURIER_TLS_NONE] = DELIVER_TLS_NONE,
	[COURIER_TLS_REQUIRED] = DELIVER_TLS_REQUIRED,
	[COURIER_TLS_IMPLICIT] = DELIVER_TLS_IMPLICIT,
};

static uint16_t port_of(const struct courier_attempt_args *args)
{
	if (args->port)
		return args->port;
	if (args->route == COURIER_LMTP)
		return PORT_LMTP;
	return args->tls == COURIER_TLS_IMPLICIT ? PORT_SUBMISSIONS : PORT_SMTP;
}

static int set_route(struct attempt *a)
{
	const struct courier_attempt_args *args = a->args;

	a->to.domain = args->domain;
	if (args->route == COURIER_DIRECT)
		return 0;
	if (args->route > COURIER_LMTP || args->tls >= N_ELEMS(TLS) || !args->host.n)
		return err(ERR_BUG, "a route that the courier does not know");
	a->to.relay = args->host;
	a->to.port = port_of(args);
	a->to.lmtp = args->route == COURIER_LMTP;
	a->to.tls = TLS[args->tls];
	a->to.user = args->user;
	a->to.password = args->password;
	return 0;
}

static int prepare(struct attempt *a)
{
	const struct courier_attempt_args *args = a->args;
	struct smtp_client_rcpt *rcpts =
	        arena_array(a->mem, struct smtp_client_rcpt, args->n_recipients);
	int r = set_route(a);

	if (r < 0)
		return r;
	/* Here, since what was delivered must not fail to be told for want of memory. */
	a->outcomes = arena_array(a->mem, struct courier_outcome, args->n_recipients);
	if (!rcpts || !a->outcomes)
		return err(ERR_NO_MEMORY, "no memory for an attempt");
	for (size_t i = 0; i < args->n_recipients; i++)
		rcpts[i].address = args->recipients[i].address;
	a->tx = (struct smtp_client_tx){
		.return_path = args->return_path,
		.rcpts = rcpts,
		.n_rcpts = args->n_recipients,
		.size = args->size_bytes,
		.eight_bit = args->body_8bit,
		.smtputf8 = args->smtputf8,
	};
	r = deliver_new(&courier.rules, &a->to, &a->tx, a->mem, &a->deliver);
	if (r >= 0 && args->is_signed)
		deliver_signed(a->deliver);
	return r;
}

/* ---- sessions ---------------------------------------------------------------------- */

static void fail_session(struct attempt *a, const struct deliver_plan *plan, int r)
{
	enum smtp_cause cause = SMTP_CAUSE_CONNECT;

	if (r == ERR_NO_MEMORY || r == ERR_LIMIT)
		cause = SMTP_CAUSE_LOCAL;
	else if (r != ERR_CANCELLED)
		unreachable_add(&courier.unreachable, &plan->candidates[0], clock_now_at());
	deliver_no_session(
	        a->deliver, cause,
	        span_str(arena_printf(a->mem, "%s: %s", smtp_cause_text(cause), err_str(r))));
}

/* A kept connection, or a new one to the first candidate. */
static WAITS void get_session(struct attempt *a)
{
	struct deliver_plan plan;
	size_t candidate = 0;
	int r = 0;

	deliver_plan(a->deliver, &plan);
	a->connection = pool_take(&courier.pool, &plan, &candidate);
	if (!a->connection) {
		FIBRE_TIMEOUT(courier.set->delivery_connect_time);
		r = connection_open(&courier.connections, &plan, &a->connection); /* WAITS */
		if (r >= 0)
			unreachable_remove(&courier.unreachable, &plan.candidates[0]);
	}
	if (r < 0)
		fail_session(a, &plan, r);
	else
		deliver_session(a->deliver, &(struct deliver_session){
		                                    .client = a->connection->client,
		                                    .candidate = candidate,
		                                    .tls = a->connection->tls,
		                            });
}

static WAITS void run(struct attempt *a)
{
	struct body body = { .text = &a->text };

	if (deliver_converts(a->deliver)) {
		body.convert = a->seven_bit;
		message_seven_bit_begin(body.convert);
	}
	connection_run(a->connection, &body); /* WAITS */
	if (!a->to.relay.n)
		report_session(a->to.domain, a->connection);
	deliver_ran(a->deliver, connection_tls_version(a->connection));
}

/* The server takes no 8-bit text. */
static WAITS void look_at_content(struct attempt *a)
{
	struct deliver_content content;

	a->seven_bit = arena_new(a->mem, struct message_seven_bit);
	if (!a->seven_bit || body_scan(&a->text, a->seven_bit) < 0) { /* WAITS */
		deliver_content(a->deliver, NULL);
		return;
	}
	content.eight_bit = a->seven_bit->eight_bit;
	content.convertible = !a->seven_bit->stuck;
	deliver_content(a->deliver, &content);
}

static WAITS void release(struct attempt *a)
{
	struct connection *c = TAKE(a->connection);

	switch (deliver_release(a->deliver)) {
	case DELIVER_KEEP: pool_put(&courier.pool, c); break; /* WAITS */
	case DELIVER_QUIT: pool_end(&courier.pool, c); break;
	case DELIVER_CLOSE: connection_free(c); break;
	}
}

/* ---- the attempt -------------------------------------------------------------------- */

/* One step; false when there are no more. */
static WAITS bool step(struct attempt *a)
{
	enum deliver_want want = deliver_want(a->deliver);

	if (want == DELIVER_WANT_DNS || want == DELIVER_WANT_SESSION) {
		if (fibre_cancelled())
			deliver_stop(a->deliver, SMTP_CAUSE_SHUTDOWN);
		else if (clock_now_at() >= a->search_until_at)
			deliver_end_search(a->deliver);
	}
	switch (deliver_want(a->deliver)) {
	case DELIVER_WANT_DNS: question_answer(a->deliver, a->mem); break; /* WAITS */
	case DELIVER_WANT_SESSION: get_session(a); break;                  /* WAITS */
	case DELIVER_WANT_RUN: run(a); break;                              /* WAITS */
	case DELIVER_WANT_CONTENT: look_at_content(a); break;              /* WAITS */
	case DELIVER_WANT_RELEASE: release(a); break;                      /* WAITS */
	case DELIVER_DONE: return false;
	}
	return true;
}

static struct span print_enhanced(struct attempt *a, struct smtp_enhanced e)
{
	if (!e.class)
		return (struct span){ 0 };
	return span_str(arena_printf(a->mem, "%u.%u.%u", e.class, e.subject, e.detail));
}

static void take_outcomes(struct attempt *a, struct courier_outcomes *out)
{
	size_t n;
	const struct deliver_outcome *ends = deliver_outcomes(a->deliver, &n);
	int64_t elapsed_ms = clock_now_at() - a->began_at;

	for (size_t i = 0; i < n; i++)
		a->outcomes[i] = (struct courier_outcome){
			.recipient = a->args->recipients[i].recipient,
			.delivered = ends[i].delivered,
			.temporary = ends[i].temporary,
			.stage = (uint8_t)ends[i].said.stage,
			.class = (uint8_t)ends[i].said.verdict.class,
			.code = (uint16_t)ends[i].said.code,
			.enhanced = print_enhanced(a, ends[i].said.enhanced),
			.text = ends[i].said.text,
			.remote_host = ends[i].host,
			.remote_address = ends[i].address,
			.tls_version = ends[i].tls_version,
			.tls_policy = ends[i].tls_policy,
			.elapsed_ms = elapsed_ms,
		};
	*out = (struct courier_outcomes){ .outcomes = a->outcomes, .n_outcomes = n };
}

/* Nobody's mail was taken or refused: as if the attempt had not been made. */
static bool is_undecided(const struct attempt *a)
{
	size_t n;
	const struct deliver_outcome *ends = deliver_outcomes(a->deliver, &n);

	for (size_t i = 0; i < n; i++)
		if (ends[i].delivered || !ends[i].temporary)
			return false;
	return fibre_cancelled();
}

WAITS int courier_attempt_here(const struct courier_attempt_args *args, int fd, struct arena *mem,
                               struct courier_outcomes *out)
{
	FIBRE_TIMEOUT(ATTEMPT_MS);
	struct attempt a = {
		.args = args,
		.text = { args->front, fd, args->size_bytes },
		.mem = mem,
		.fibre = fibre_self(),
		.began_at = clock_now_at(),
	};
	int r;

	if (courier.stopping)
		return err(ERR_CANCELLED, "the server is stopping");

	if (args->route == COURIER_DIRECT && span_eq_nocase(args->domain, SPAN(REHEARSE_DOMAIN)))
		return rehearse(args, mem, out); /* WAITS */
	a.search_until_at = clock_add(a.began_at, SEARCH_MS);
	r = prepare(&a);
	if (r < 0)
		return r;
	list_push_back(&courier.attempts, &a.link);
	while (step(&a)) /* WAITS */
		continue;
	list_remove(&a.link);
	if (courier.stopping && is_undecided(&a))
		return err(ERR_CANCELLED, "the server is stopping");
	take_outcomes(&a, out);
	return 0;
}

/* The text was sent, and the message may be the server's already. */
static bool is_past_the_dot(const struct attempt *a)
{
	return a->connection && deliver_want(a->deliver) == DELIVER_WANT_RUN &&
	       smtp_client_phase(a->connection->client) == SMTP_PHASE_DATA_END;
}

int courier_stop_here(const struct courier_stop_args *args, struct arena *mem,
                      struct courier_stop_reply *out)
{
	struct attempt *a;
	uint32_t n = 0;

	courier.stopping = true;
	LIST_EACH(a, &courier.attempts, link) {
		if (is_past_the_dot(a) && !args->now)
			n++;
		else
			fibre_cancel(a->fibre);
	}
	out->waiting = n;
	return 0;
}
