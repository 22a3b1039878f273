/* courier/connection.c - see connection.h. */
#include "courier/connection.h"

#include <stdlib.h>

#include "base/map.h"
#include "courier/unreachable.h"

enum {
	GOODBYE_MS = 2000,
	SETTLED_MS = 5000, /* nothing that is waited for decides anything any more */
};

static uint64_t dane_hash(const struct deliver_dane *dane)
{
	uint64_t key[4] = { map_hash(span_str(dane->base)), map_hash(span_str(dane->names[0])),
		            map_hash(span_str(dane->names[1])) };

	for (size_t i = 0; i < dane->n_records; i++) {
		const struct tlsa *t = &dane->records[i];
		uint64_t record[2] = { (uint64_t)t->usage << 16 | (uint64_t)t->selector << 8 |
			                       t->matching,
			               map_hash(t->data) };

		key[3] += map_hash(MAP_KEY(record)); /* in whatever order */
	}
	return map_hash(MAP_KEY(key));
}

uint64_t connection_hash(const struct deliver_candidate *to, const struct deliver_plan *plan)
{
	uint64_t key[5] = { unreachable_hash(to), plan->conf.lmtp };

	if (!plan->conf.user.n && !plan->conf.lmtp && !to->dane)
		return key[0];
	key[2] = map_hash(plan->conf.user);
	key[3] = map_hash(plan->conf.password); /* one that was changed is tried */
	key[4] = to->dane ? dane_hash(to->dane) : 0;
	return map_hash(MAP_KEY(key));
}

static struct connection *connection_new(const struct connection_rules *rules,
                                         const struct deliver_plan *plan)
{
	const struct deliver_candidate *to = &plan->candidates[0];
	struct connection *c = calloc(1, sizeof *c);

	if (!c || to->host.n >= sizeof c->host || !(c->client = smtp_client_new(&plan->conf))) {
		free(c);
		return NULL;
	}
	c->rules = rules;
	c->tls = to->tls;
	c->dane = to->dane;
	c->ip = to->ip;
	c->hash = connection_hash(to, plan);
	memcpy(c->host, to->host.p, to->host.n);
	c->renew = true;
	return c;
}

void connection_free(struct connection *c)
{
	if (!c)
		return;
	stream_close(c->stream);
	smtp_client_free(c->client);
	free(c);
}

struct span connection_tls_version(const struct connection *c)
{
	const struct tls_facts *tls = stream_tls(c->stream);

	return span_str(tls ? tls->version : NULL);
}

static bool must_verify(const struct connection *c)
{
	return c->tls == DELIVER_TLS_REQUIRED || c->tls == DELIVER_TLS_IMPLICIT ||
	       c->tls == DELIVER_TLS_DANE || c->tls == DELIVER_TLS_STS;
}

static WAITS int handshake(struct connection *c)
{
	char ip[IP_TEXT_BYTES];
	const struct deliver_dane *dane = TAKE(c->dane);
	const char *name = c->host;

	if (dane)
		return stream_tls_connect_dane(
		        c->stream, c->rules->dane,
		        &(struct tls_dane){ .records = dane->records,
		                            .n_records = dane->n_records,
		                            .name = dane->base,
		                            .more_names = dane->names }); /* WAITS */
	if (c->host[0] == '[') /* RFC 6066 3: no literals; a certificate may name an address */
		name = must_verify(c) ? ip_text(&c->ip, ip) : NULL;
	if (c->tls == DELIVER_TLS_TESTING && c->rules->testing)
		return stream_tls_connect(c->stream, c->rules->testing, name); /* WAITS */
	if (!must_verify(c))
		return stream_tls_connect(c->stream, c->rules->any, name); /* WAITS */
	if (!c->rules->verified)
		return err(ERR_CONFIG, "no certificate can be checked: this system has no roots "
		                       "(install ca-certificates)");
	return stream_tls_connect(c->stream, c->rules->verified, name); /* WAITS */
}

static WAITS int reach(struct connection *c, const struct deliver_candidate *to)
{
	struct address at;
	int fd, r;

	if (to->ip.n) {
		address_from_ip(&to->ip, to->port, &at);
		return stream_connect(&at, &c->stream); /* WAITS */
	}
	r = c->rules->reach(to->host, &fd); /* WAITS */
	return r < 0 ? r : stream_open_fd(fd, &c->stream);
}

WAITS int connection_open(const struct connection_rules *rules, const struct deliver_plan *plan,
                          struct connection **out)
{
	struct connection *c = connection_new(rules, plan);
	int r;

	if (!c)
		return err(ERR_NO_MEMORY, "no memory for a session");
	r = reach(c, &plan->candidates[0]); /* WAITS */
	if (r < 0)
		connection_free(c);
	else
		*out = c;
	return r;
}

/* RFC 5321 4.5.3.2. */
static int64_t phase_ms(const struct connection *c, enum smtp_client_phase phase)
{
	if (smtp_client_results_done(c->client))
		return SETTLED_MS;
	switch (phase) {
	case SMTP_PHASE_GREETING: return c->rules->set->delivery_greeting_time;
	case SMTP_PHASE_DATA_END: return c->rules->set->delivery_data_time;
	case SMTP_PHASE_COMMAND:
	case SMTP_PHASE_DATA_INIT:
	case SMTP_PHASE_DATA_BLOCK: break;
	}
	return c->rules->set->delivery_command_time;
}

/* Sets the fibre's deadline for the next wait.  It starts over with each thing that
 * is waited for, not with each octet: a trickle does not keep us. */
static void set_deadline(struct connection *c, int64_t outer_at)
{
	enum smtp_client_phase phase = smtp_client_phase(c->client);

	if (c->renew || phase != c->phase) {
		c->limit_at = clock_add(clock_now_at(), phase_ms(c, phase));
		c->phase = phase;
	}
	fibre_deadline_set(c->limit_at < outer_at ? c->limit_at : outer_at);
}

/* Gives the client what is buffered. */
static void take_input(struct connection *c)
{
	struct span in = stream_peek(c->stream);

	c->renew = c->renew || span_find(in, '\n') >= 0;
	smtp_client_recv(c->client, in);
	stream_consume(c->stream, in.n);
}

static WAITS int read_some(struct connection *c)
{
	int r = stream_fill(c->stream); /* WAITS */

	if (r >= 0)
		take_input(c);
	return r;
}

static WAITS int write_some(struct connection *c)
{
	struct span out = smtp_client_output(c->client);
	int r = stream_put(c->stream, out); /* WAITS */

	if (r >= 0)
		smtp_client_sent(c->client, out.n);
	return r;
}

static WAITS int start_tls(struct connection *c)
{
	int r = handshake(c); /* WAITS */

	if (r >= 0)
		smtp_client_tls_done(c->client);
	else if (r != ERR_CANCELLED && r != ERR_NO_MEMORY)
		c->tls_broke = r == ERR_CERTIFICATE ? SMTP_CAUSE_CERTIFICATE : SMTP_CAUSE_TLS;
	return r;
}

/* A server may refuse while we still send: it is spared the rest. */
static WAITS int give_body(struct connection *c, struct body *body)
{
	if (body->offset && stream_try_fill(c->stream) >= 0) {
		take_input(c);
		return 0;
	}
	return body_give(body, c->client); /* WAITS */
}

static enum smtp_cause cause_of(const struct connection *c, int r, enum smtp_client_want want)
{
	if (r == ERR_CANCELLED)
		return SMTP_CAUSE_SHUTDOWN;
	if (c->tls_broke)
		return c->tls_broke;
	if (want == SMTP_WANT_BODY || r == ERR_NO_MEMORY)
		return SMTP_CAUSE_LOCAL; /* the queue's trouble is not the server's */
	return r == ERR_TIMEOUT ? SMTP_CAUSE_TIMEOUT : SMTP_CAUSE_CLOSED;
}

/* The connection failed with r.  A server that hangs up often says why first: its
 * words may have arrived though our writing failed. */
static void give_up(struct connection *c, int r, enum smtp_client_want want)
{
	if (want == SMTP_WANT_WRITE && r != ERR_CANCELLED)
		while (stream_try_fill(c->stream) >= 0)
			take_input(c);
	smtp_client_failed(c->client, cause_of(c, r, want),
	                   c->tls_broke ? span_str(err_str(r)) : (struct span){ 0 });
}

WAITS void connection_run(struct connection *c, struct body *body)
{
	int64_t outer_at = fibre_deadline();
	enum smtp_client_want want;
	int r;

	while ((want = smtp_client_want(c->client)) != SMTP_WANT_IDLE && want != SMTP_WANT_CLOSED) {
		c->renew = c->renew || want != SMTP_WANT_READ;
		set_deadline(c, outer_at);
		c->renew = want != SMTP_WANT_READ;
		if (want == SMTP_WANT_WRITE)
			r = write_some(c); /* WAITS */
		else if (want == SMTP_WANT_READ)
			r = read_some(c); /* WAITS */
		else if (want == SMTP_WANT_STARTTLS)
			r = start_tls(c); /* WAITS */
		else
			r = give_body(c, body); /* WAITS */
		if (r < 0)
			give_up(c, r, want);
	}
	fibre_deadline_set(outer_at);
}

bool connection_is_alive(struct connection *c)
{
	int r = stream_try_fill(c->stream);

	if (r >= 0)
		take_input(c);
	else if (r != ERR_AGAIN)
		smtp_client_closed(c->client, SMTP_CAUSE_CLOSED);
	return smtp_client_want(c->client) == SMTP_WANT_IDLE;
}

WAITS void connection_end(struct connection *c)
{
	FIBRE_TIMEOUT(GOODBYE_MS);

	smtp_client_quit(c->client);
	connection_run(c, NULL); /* WAITS */
	connection_free(c);
}
