/* courier/connection.c - see connection.h. */
#include "courier/connection.h"

#include <stdlib.h>

#include "courier/addr.h"
#include "courier/state.h"

enum {
	GOODBYE_MS = 2000,
	SETTLED_MS = 5000, /* nothing that is waited for decides anything any more */
};

int connection_open(const struct candidate *to, enum smtp_client_tls tls, struct connection **out)
{
	struct smtp_client_conf conf = {
		.name = span_str(courier.self.hostname),
		.tls = tls,
	};
	struct connection *c = calloc(1, sizeof *c);
	int r;

	if (!c || to->host.n >= sizeof c->host) {
		free(c);
		return err(ERR_NO_MEMORY, "no memory for a connection");
	}
	c->address = to->address;
	c->hash = addr_hash(&to->address);
	memcpy(c->host, to->host.p, to->host.n);
	address_text(&c->address, true, c->address_text);
	c->tls_policy =
	        tls == SMTP_TLS_NONE ? "opportunistic, failed: clear text" : "opportunistic";
	c->renew = true;
	c->client = smtp_client_new(&conf);
	if (c->client)
		r = stream_connect(&c->address, &c->stream); /* WAITS */
	else
		r = err(ERR_NO_MEMORY, "no memory for a session");
	if (r < 0)
		connection_free(c);
	else
		*out = c;
	return r;
}

void connection_free(struct connection *c)
{
	if (!c)
		return;
	stream_close(c->stream);
	smtp_client_free(c->client);
	free(c);
}

struct where connection_where(const struct connection *c)
{
	const struct tls_facts *tls = stream_tls(c->stream);

	return (struct where){
		.host = span_str(c->host),
		.address = span_str(c->address_text),
		.tls_version = span_str(tls ? tls->version : NULL),
		.tls_policy = span_str(c->tls_policy),
	};
}

/* RFC 5321 4.5.3.2. */
static int64_t phase_ms(const struct connection *c, enum smtp_client_phase phase)
{
	if (smtp_client_results_done(c->client))
		return SETTLED_MS;
	switch (phase) {
	case SMTP_PHASE_GREETING: return courier.set->delivery_greeting_time;
	case SMTP_PHASE_DATA_END: return courier.set->delivery_data_time;
	case SMTP_PHASE_COMMAND:
	case SMTP_PHASE_DATA_INIT:
	case SMTP_PHASE_DATA_BLOCK: break;
	}
	return courier.set->delivery_command_time;
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

static int read_some(struct connection *c)
{
	int r = stream_fill(c->stream); /* WAITS */

	if (r >= 0)
		take_input(c);
	return r;
}

static int write_some(struct connection *c)
{
	struct span out = smtp_client_output(c->client);
	int r = stream_put(c->stream, out); /* WAITS */

	if (r >= 0)
		smtp_client_sent(c->client, out.n);
	return r;
}

static int start_tls(struct connection *c)
{
	const char *name = c->host[0] == '[' ? NULL : c->host;    /* RFC 6066 3: no literals */
	int r = stream_tls_connect(c->stream, courier.tls, name); /* WAITS */

	if (r >= 0)
		smtp_client_tls_done(c->client);
	else if (r != ERR_CANCELLED && r != ERR_NO_MEMORY)
		c->tls_broke = true;
	return r;
}

/* A server may refuse while we still send: it is spared the rest. */
static int give_body(struct connection *c, struct body *body)
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
		return SMTP_CAUSE_TLS;
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
	smtp_client_closed(c->client, cause_of(c, r, want));
}

void connection_run(struct connection *c, struct body *body)
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

void connection_end(struct connection *c)
{
	FIBRE_TIMEOUT(GOODBYE_MS);

	smtp_client_quit(c->client);
	connection_run(c, NULL); /* WAITS */
	connection_free(c);
}
