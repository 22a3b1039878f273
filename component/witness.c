/* component/witness.c - see witness.h. */
#include "component/witness.h"

#include <stdlib.h>

#include "base/clock.h"

enum {
	HOSTS_MAX = 3,
	ADDRESSES_MAX = 2, /* of a host */
	PATIENCE_MS = 10 * 1000,
};

/* A question for a host's addresses, or a connection to one. */
struct witness {
	struct list list; /* in client.witnesses */
	struct postrider_client *client;
	struct arena mem;
	struct dns_asked *asked;
	struct poller_wait wait;
	struct link link;
	struct ip ip;
	uint16_t port;
	bool asking;
};

static struct witness *witness_new(struct postrider_client *c, uint16_t port)
{
	struct witness *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	w->client = c;
	w->link.fd = -1;
	w->port = port;
	list_push_back(&c->witnesses, &w->list);
	return w;
}

static void witness_free(struct witness *w)
{
	list_remove(&w->list);
	poller_forget(&w->wait);
	resolve_forget(w->asked);
	link_close(&w->link);
	arena_fini(&w->mem);
	free(w);
}

static void on_connection(void *arg, short happened)
{
	struct witness *w = arg;

	reach_end(&w->client->reach, &w->ip, happened && link_opened(&w->link) >= 0);
	witness_free(w);
}

static void call(struct postrider_client *c, const struct ip *ip, uint16_t port)
{
	struct deliver_candidate to = { .ip = *ip, .port = port };
	struct witness *w;

	if (!c->options.private_addresses && ip_is_special(ip))
		return;
	w = witness_new(c, port);
	if (!w)
		return;
	w->ip = *ip;
	w->wait.fn = on_connection;
	w->wait.arg = w;
	if (link_open(&w->link, &to) < 0) {
		witness_free(w);
		return;
	}
	reach_begin(&c->reach, ip, clock_now_at());
	poller_wait(&c->poller, &w->wait, w->link.fd, POLLOUT, clock_now_at() + PATIENCE_MS);
}

static void on_addresses(void *arg, const struct deliver_answer *answer)
{
	struct witness *w = arg;
	size_t n = answer->n_records < ADDRESSES_MAX ? answer->n_records : ADDRESSES_MAX;

	for (size_t i = 0; i < n && !w->client->reach.open; i++)
		call(w->client, &answer->records[i].ip, w->port);
	if (!w->asking)
		witness_free(w);
}

static void ask(struct postrider_client *c, struct span host)
{
	struct witness *w = witness_new(c, c->options.port);
	struct deliver_question q = { .name = host, .type = DELIVER_A };

	if (!w)
		return;
	w->asking = true;
	resolve_ask(c->dns, &q, clock_now_at() + PATIENCE_MS, &w->mem, on_addresses, w, &w->asked);
	w->asking = false;
	if (!w->asked)
		witness_free(w);
}

void witness_call(struct postrider_client *c, const struct deliver *d)
{
	struct deliver_plan plan;
	struct span hosts[HOSTS_MAX];
	size_t n = deliver_further_hosts(d, hosts, HOSTS_MAX);

	deliver_plan(d, &plan);
	for (size_t i = 1; i < plan.n_candidates && i <= HOSTS_MAX; i++)
		call(c, &plan.candidates[i].ip, plan.candidates[i].port);
	for (size_t i = 0; i < n && c->dns; i++)
		ask(c, hosts[i]);
}

void witness_end(struct postrider_client *c)
{
	struct witness *w;

	while ((w = LIST_FIRST(&c->witnesses, struct witness, list)))
		witness_free(w);
}
