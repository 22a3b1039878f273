/* courier/own_lists.c - see own_lists.h. */
#include "courier/own_lists.h"

#include <stdio.h>

#include "base/event.h"
#include "base/map.h"
#include "calls/dns.h"
#include "courier/state.h"
#include "defence/lists.h"
#include "rt/loop.h"
#include "wire/dnslist/dnslist.h"

enum { ADDRESSES_MAX = 32, LISTED_MAX = 64 };

/* A list that has an address of ours. */
struct listed {
	struct ip ip;
	uint64_t zone; /* hash; 0: nobody's */
};

static struct {
	const struct settings *set;
	struct nursery fibre;
	struct listed listed[LISTED_MAX];
} own_lists;

static void add(struct ip *all, size_t *n, const struct ip *ip)
{
	for (size_t i = 0; i < *n; i++)
		if (ip_eq(&all[i], ip))
			return;
	if (*n < ADDRESSES_MAX)
		all[(*n)++] = *ip;
}

static WAITS void add_of_name(const char *host, enum dns_type type, struct ip *all, size_t *n)
{
	AUTO_ARENA mem = { 0 };
	struct dns_question q = { .type = type };
	struct dns_answer answer;

	snprintf(q.name, sizeof q.name, "%.*s", (int)sizeof q.name - 1, host);
	if (dns_look_up(&q, &mem, &answer) < 0 || answer.status != DNS_FOUND) /* WAITS */
		return;
	for (size_t i = 0; i < answer.n; i++)
		add(all, n, &answer.records[i].ip);
}

static WAITS size_t our_addresses(struct ip all[ADDRESSES_MAX])
{
	const struct own_addresses *own = &courier.own;
	size_t n = 0;

	for (size_t i = 0; i < own->n_interfaces; i++)
		if (!ip_is_special(&own->interfaces[i]))
			add(all, &n, &own->interfaces[i]);
	add_of_name(own->hostname, DNS_A, all, &n);    /* WAITS */
	add_of_name(own->hostname, DNS_AAAA, all, &n); /* WAITS */
	return n;
}

static struct listed *find(const struct ip *ip, uint64_t zone)
{
	for (struct listed *l = own_lists.listed; l < own_lists.listed + LISTED_MAX; l++)
		if (l->zone == zone && (!zone || ip_eq(&l->ip, ip)))
			return l;
	return NULL;
}

/* The list's own words, "" if it has none. */
static WAITS void ask_words(const struct dnslist *list, const struct ip *ip,
                            char out[DNSLIST_REASON_MAX + 1])
{
	AUTO_ARENA mem = { 0 };
	struct dns_question q;
	struct dns_answer answer;

	*out = 0;
	if (dnslist_question(list, ip, DNS_TXT, &q) &&
	    dns_look_up(&q, &mem, &answer) >= 0) /* WAITS */
		dnslist_reason(&answer, out);
}

/* Only what changed is told. */
static WAITS void note(const struct dnslist *list, const struct ip *ip, bool is_listed)
{
	uint64_t zone = map_hash(list->zone) | 1;
	struct listed *known = find(ip, zone), *place = find(ip, 0);
	char text[IP_TEXT_BYTES], reason[DNSLIST_REASON_MAX + 1];

	if (is_listed == (known != NULL))
		return;
	if (!is_listed) {
		*known = (struct listed){ .zone = 0 };
		event_log(EVENT_address_unlisted, "address=%s list=%.*s", ip_text(ip, text),
		          SPAN_ARG(list->zone));
		return;
	}
	if (place)
		*place = (struct listed){ *ip, zone };
	ask_words(list, ip, reason); /* WAITS */
	event_log(EVENT_address_listed, "address=%s list=%.*s reason=%s", ip_text(ip, text),
	          SPAN_ARG(list->zone), reason);
}

/* One that is silent, or broken, says nothing of anybody. */
static WAITS void ask(const struct dnslist *list, const struct ip *ip)
{
	AUTO_ARENA mem = { 0 };
	struct dns_question q;
	struct dns_answer answer;
	struct ip value;

	if (!dnslist_question(list, ip, DNS_A, &q) ||
	    dns_look_up(&q, &mem, &answer) < 0) /* WAITS */
		return;
	enum dnslist_word word = dnslist_judge(list, &answer, &value);
	if (word == DNSLIST_LISTED || word == DNSLIST_CLEAN || word == DNSLIST_OTHER)
		note(list, ip, word == DNSLIST_LISTED); /* WAITS */
}

/* Nobody is told to be on a list that has everybody, or is none any more. */
static WAITS bool is_list(const struct dnslist *list)
{
	enum lists_trust trust;
	struct ip value;
	const char *why;
	int r = lists_try(list, false, &trust, &value, &why); /* WAITS */

	if (trust == LISTS_BROKEN)
		lists_tell_broken(list->zone, &value, why);
	return r >= 0 && trust == LISTS_TRUSTED;
}

static WAITS void ask_all(void)
{
	const struct settings_list *lines = &own_lists.set->defence_dnsbl;
	struct ip all[ADDRESSES_MAX];
	size_t n = our_addresses(all); /* WAITS */
	struct dnslist list;

	for (size_t i = 0; i < lines->n; i++)
		if (n && dnslist_parse(span_str(lines->v[i]), &list) >= 0 &&
		    is_list(&list)) /* WAITS */
			for (size_t k = 0; k < n; k++)
				ask(&list, &all[k]); /* WAITS */
}

static WAITS void run(UNUSED void *arg)
{
	do
		ask_all();                                          /* WAITS */
	while (fibre_sleep(own_lists.set->defence_own_lists) >= 0); /* WAITS */
}

void own_lists_open(const struct settings *set)
{
	own_lists.set = set;
	nursery_init(&own_lists.fibre);
	if (set->defence_own_lists && set->defence_dnsbl.n &&
	    nursery_spawn(&own_lists.fibre, "lists of our addresses", run, NULL) < 0)
		event_log(EVENT_internal_error, "what=%s reason=%s",
		          "nobody looks whether blocklists have our addresses",
		          err_str(ERR_NO_MEMORY));
}

WAITS void own_lists_close(void)
{
	if (!own_lists.set)
		return;
	nursery_cancel(&own_lists.fibre);
	(void)nursery_wait(&own_lists.fibre); /* WAITS */
	own_lists.set = NULL;
}
