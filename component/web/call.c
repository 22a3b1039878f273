/* component/web/call.c - see call.h. */
#include "component/web/call.h"

#include "base/clock.h"

void call_init(struct call *c)
{
	c->link.fd = -1;
	c->state = CALL_FINDS;
}

static void happened(void *arg, short events)
{
	struct call *c = arg;

	c->fired = true;
	c->happened = events;
	c->fn(c->arg);
}

static void wait_for(struct call *c, int fd, short events, int64_t until_at)
{
	c->wait.fn = happened;
	c->wait.arg = c;
	c->fired = false;
	poller_wait(&c->client->poller, &c->wait, fd, events, until_at);
}

void call_rest(struct call *c, int64_t ms)
{
	wait_for(c, -1, 0, clock_add(clock_now_at(), ms));
}

void call_drop(struct call *c)
{
	poller_forget(&c->wait);
	link_close(&c->link);
	if (c->state != CALL_FINDS)
		c->state = CALL_OPENS;
}

void call_fini(struct call *c)
{
	resolve_forget(c->asked);
	call_drop(c);
	web_request_fini(&c->request);
	web_answer_fini(&c->answer);
}

/* ---- where it is ----------------------------------------------------------------------- */

static void ask(struct call *c);

static void on_addresses(void *arg, const struct deliver_answer *got)
{
	struct call *c = arg;

	for (size_t i = 0; got->found == DELIVER_FOUND && i < got->n_records; i++)
		if (c->n_addresses < CALL_ADDRESSES_MAX)
			c->addresses[c->n_addresses++] = got->records[i].ip;
	if (!c->in_a) {
		c->in_a = true;
		ask(c);
		return;
	}
	c->state = CALL_OPENS;
	c->fn(c->arg);
}

static void ask(struct call *c)
{
	struct deliver_question q = { .name = c->route->to.relay,
		                      .type = c->in_a ? DELIVER_A : DELIVER_AAAA };

	resolve_ask(c->client->dns, &q, c->until_at, c->mem, on_addresses, c, &c->asked);
}

/* 1: its addresses are known; 0: they are asked for. */
static int find(struct call *c)
{
	struct postrider_client *client = c->client;
	int r = 0;

	if (ip_parse(c->route->to.relay, &c->addresses[0]) >= 0) {
		c->n_addresses = 1;
		c->state = CALL_OPENS;
		return 1;
	}
	if (!client->dns)
		r = resolve_new(&client->options, &client->poller, &client->dns);
	if (r < 0)
		return r;
	c->in_a = !client->options.ipv6;
	c->asked = NULL;
	call_rest(c, c->until_at - clock_now_at()); /* in case nobody answers */
	ask(c);                                     /* it may be answered at once */
	return c->state != CALL_FINDS;
}

/* ---- the connection -------------------------------------------------------------------- */

/* Begins with the next address. */
static int open_next(struct call *c)
{
	int r = err(ERR_NET, "there is no address to connect to");

	while (c->at < c->n_addresses) {
		struct deliver_candidate to = { .host = c->route->to.relay,
			                        .ip = c->addresses[c->at++],
			                        .port = c->route->to.port };

		r = link_open(&c->link, &to);
		if (r >= 0) {
			c->limit_at = clock_add(clock_now_at(), c->client->options.connect_ms);
			wait_for(c, c->link.fd, POLLOUT,
			         c->limit_at < c->until_at ? c->limit_at : c->until_at);
			return 0;
		}
	}
	return r;
}

static int secure(struct call *c)
{
	const char *host = arena_str(c->mem, c->route->to.relay);

	if (!host)
		return ERR_NO_MEMORY;
	c->state = CALL_SECURES;
	return link_tls_begin(&c->link, &c->client->tls, !c->route->unverified, host, NULL);
}

static int write_some(struct call *c)
{
	struct span octets;
	int r = web_request_next(&c->request, &octets);

	c->unreadable = r < 0;
	if (r < 0)
		return r;
	if (!octets.n) {
		c->written = true;
		c->limit_at = clock_add(clock_now_at(), c->client->options.data_ms);
		return 0;
	}
	r = link_write(&c->link, octets);
	if (r > 0)
		web_request_wrote(&c->request, (size_t)r);
	return r < 0 ? r : 0;
}

/* 1: the answer is all there. */
static int read_some(struct call *c)
{
	char octets[1024];
	int r = link_read(&c->link, octets, sizeof octets);

	if (r < 0)
		return r == ERR_CLOSED && web_answer_is_whole(&c->answer) ? 1 : r;
	r = web_answer_take(&c->answer, span_make(octets, (size_t)r));
	return r == 0 ? 1 : r < 0 ? r : 0;
}

/* ---- turns ----------------------------------------------------------------------------- */

void call_begin(struct call *c, int64_t until_at)
{
	c->until_at = until_at;
	c->written = false;
	c->at = 0;
	c->limit_at = CLOCK_NEVER;
	web_answer_begin(&c->answer);
}

static enum call_end late_or(struct call *c, enum call_end otherwise)
{
	return clock_now_at() >= c->until_at || clock_now_at() >= c->limit_at ? CALL_LATE
	                                                                      : otherwise;
}

static enum call_end turn_open(struct call *c, int *r)
{
	if (c->link.fd < 0) {
		*r = open_next(c);
		return *r < 0 ? (c->n_addresses ? CALL_UNOPENED : CALL_UNFOUND) : CALL_GOES_ON;
	}
	if (!c->fired)
		return late_or(c, CALL_GOES_ON);
	if (c->happened) {
		*r = link_opened(&c->link);
		if (*r >= 0)
			*r = secure(c);
		if (*r >= 0)
			return CALL_GOES_ON;
	} else {
		*r = err(ERR_TIMEOUT, "it does not answer");
	}
	link_close(&c->link);
	if (c->at >= c->n_addresses || clock_now_at() >= c->until_at)
		return CALL_UNOPENED;
	*r = open_next(c);
	return *r < 0 ? CALL_UNOPENED : CALL_GOES_ON;
}

static enum call_end turn_secure(struct call *c, int *r)
{
	*r = link_tls_step(&c->link);
	if (*r == ERR_AGAIN) {
		wait_for(c, c->link.fd, link_events(&c->link, POLLIN),
		         c->limit_at < c->until_at ? c->limit_at : c->until_at);
		return late_or(c, CALL_GOES_ON);
	}
	if (*r < 0)
		return CALL_UNSECURED;
	c->state = CALL_TALKS;
	c->limit_at = CLOCK_NEVER;
	return CALL_GOES_ON;
}

/* A server that refuses may hang up before it has read all: it has said why. */
static enum call_end turn_talk(struct call *c, int *r)
{
	bool writes = !c->written;

	*r = writes ? write_some(c) : read_some(c);
	if (writes && c->unreadable)
		return CALL_UNREADABLE;
	if (writes && *r < 0 && *r != ERR_AGAIN) {
		c->written = true;
		*r = 0;
		return CALL_GOES_ON;
	}
	if (*r == ERR_AGAIN) {
		wait_for(c, c->link.fd, link_events(&c->link, writes ? POLLOUT : POLLIN),
		         c->limit_at < c->until_at ? c->limit_at : c->until_at);
		return late_or(c, CALL_GOES_ON);
	}
	if (*r == 1)
		return CALL_ANSWERED;
	return *r < 0 ? CALL_BROKEN : CALL_GOES_ON;
}

enum call_end call_turn(struct call *c, int *r)
{
	enum call_end end = CALL_GOES_ON;

	*r = 0;
	if (c->state == CALL_FINDS) {
		*r = c->asked ? 0 : find(c);
		if (*r < 0)
			return CALL_UNFOUND;
		if (!*r)
			return late_or(c, CALL_GOES_ON);
	}
	*r = 0;
	do {
		switch (c->state) {
		case CALL_FINDS:
		case CALL_OPENS: end = turn_open(c, r); break;
		case CALL_SECURES: end = turn_secure(c, r); break;
		case CALL_TALKS: end = turn_talk(c, r); break;
		}
		/* Opening waits; the others say so by ERR_AGAIN. */
	} while (end == CALL_GOES_ON && c->state != CALL_OPENS && *r != ERR_AGAIN);
	return end;
}
