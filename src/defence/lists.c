/* defence/lists.c - see lists.h. */
#include "defence/lists.h"

#include <stdio.h>

#include "base/event.h"
#include "base/map.h"
#include "calls/dns.h"
#include "rt/loop.h"

enum { ROWS = 256, OF_ROW = 4, TTL_MIN_MS = 60 * 1000 };

/* What was found of a client. */
struct kept {
	struct ip client;
	int64_t until_at;
	struct lists_said said;
};

/* Whether a zone may be believed. */
struct health {
	uint64_t zone; /* hash; 0: nobody's */
	int64_t tried_at;
	bool broken;
};

static struct {
	struct kept rows[ROWS][OF_ROW];
	struct health health[2 * LISTS_MAX];
} lists;

/* One list, asked of one client. */
struct asking {
	struct dnslist list;
	struct health *health;
	const struct ip *client;
	int64_t time_ms;
	bool white;
	int error;
	enum dnslist_word word;
	struct ip value;
	uint32_t ttl;
};

static struct kept *find(const struct ip *client)
{
	struct kept *row = lists.rows[map_hash(span_make(client->octets, client->n)) % ROWS];
	struct kept *oldest = row;

	for (size_t i = 0; i < OF_ROW; i++) {
		if (ip_eq(&row[i].client, client))
			return &row[i];
		if (row[i].until_at < oldest->until_at)
			oldest = &row[i];
	}
	return oldest;
}

static struct health *health_of(struct span zone)
{
	uint64_t hash = map_hash(zone) | 1;
	struct health *oldest = lists.health;

	for (struct health *h = lists.health; h < lists.health + N_ELEMS(lists.health); h++) {
		if (h->zone == hash)
			return h;
		if (oldest->zone && (!h->zone || h->tried_at < oldest->tried_at))
			oldest = h;
	}
	*oldest = (struct health){ .zone = hash, .tried_at = -LISTS_BROKEN_MS };
	return oldest;
}

static const char *cannot_be(enum dnslist_word word)
{
	switch (word) {
	case DNSLIST_WILD:
		return "the answer is not in 127.0.0.0/8: the zone is not a list any more";
	case DNSLIST_REFUSED: return "it does not answer our resolver; see the list's terms of use";
	default: return NULL;
	}
}

void lists_tell_broken(struct span zone, const struct ip *value, const char *why)
{
	char text[IP_TEXT_BYTES];

	event_log(EVENT_list_broken, "list=%.*s answer=%s reason=%s", SPAN_ARG(zone),
	          value->n ? ip_text(value, text) : "none", why);
}

/* Negative: it has no answer. */
static WAITS int ask(const struct dnslist *list, const struct ip *ip, enum dnslist_word *word,
                     struct ip *value, uint32_t *ttl)
{
	AUTO_ARENA mem = { 0 };
	struct dns_question q;
	struct dns_answer answer;

	*word = DNSLIST_CLEAN;
	if (!dnslist_question(list, ip, DNS_A, &q))
		return 0;
	int r = dns_look_up(&q, &mem, &answer); /* WAITS */
	*word = r < 0 ? DNSLIST_SILENT : dnslist_judge(list, &answer, value);
	*ttl = r < 0 ? 0 : answer.ttl;
	return r < 0 ? r : 0;
}

WAITS int lists_try(const struct dnslist *list, bool white, enum lists_trust *trust,
                    struct ip *value, const char **why)
{
	enum dnslist_word never, always = DNSLIST_LISTED;
	uint32_t ttl;

	*value = (struct ip){ 0 };
	*trust = LISTS_UNTRIED;
	int r = ask(list, &dnslist_never, &never, value, &ttl); /* WAITS */
	*why = cannot_be(never);
	if (never == DNSLIST_LISTED || never == DNSLIST_OTHER)
		*why = "it has 127.0.0.1, so it has everybody";
	if (r >= 0 && !*why && !white)
		r = ask(list, &dnslist_always, &always, value, &ttl); /* WAITS */
	if (!*why)
		*why = cannot_be(always);
	if (!*why && always == DNSLIST_CLEAN)
		*why = "it does not have 127.0.0.2, by which each list can be tried (RFC 5782 5)";
	if (*why)
		*trust = LISTS_BROKEN;
	else if (never != DNSLIST_SILENT && always != DNSLIST_SILENT)
		*trust = LISTS_TRUSTED;
	return r;
}

/* Each hour.  Who comes before that is known asks too: nothing can be said of him until then. */
static WAITS enum lists_trust trust(struct asking *a)
{
	struct health *h = a->health;
	enum lists_trust found;
	struct ip value;
	const char *why;

	if (loop_now_at() - h->tried_at < LISTS_BROKEN_MS)
		return h->broken ? LISTS_BROKEN : LISTS_TRUSTED;
	a->error = lists_try(&a->list, a->white, &found, &value, &why); /* WAITS */
	if (found == LISTS_UNTRIED)
		return found;
	if (found == LISTS_BROKEN && loop_now_at() - h->tried_at >= LISTS_BROKEN_MS)
		lists_tell_broken(a->list.zone, &value, why);
	h->broken = found == LISTS_BROKEN;
	h->tried_at = loop_now_at();
	return found;
}

static WAITS void ask_one(void *arg)
{
	struct asking *a = arg;
	FIBRE_TIMEOUT(a->time_ms);
	enum lists_trust known = trust(a); /* WAITS */

	a->word = known == LISTS_UNTRIED ? DNSLIST_SILENT : DNSLIST_CLEAN;
	a->ttl = LISTS_BROKEN_MS / 1000;
	if (known != LISTS_TRUSTED || a->error < 0)
		return;
	a->error = ask(&a->list, a->client, &a->word, &a->value, &a->ttl); /* WAITS */
	const char *why = cannot_be(a->word);
	if (why) {
		a->health->broken = true;
		lists_tell_broken(a->list.zone, &a->value, why);
	}
}

static size_t prepare(const struct settings *set, const struct ip *client, struct asking *all)
{
	const struct settings_list *of[] = { &set->defence_dnsbl, &set->defence_dnswl };
	size_t n = 0;

	for (size_t k = 0; k < N_ELEMS(of); k++)
		for (size_t i = 0; i < of[k]->n && i < LISTS_MAX; i++) {
			struct asking a = { .client = client,
				            .white = k == 1,
				            .time_ms = set->defence_list_time };

			if (dnslist_parse(span_str(of[k]->v[i]), &a.list) < 0)
				continue; /* the configuration was checked */
			a.health = health_of(a.list.zone);
			all[n++] = a;
		}
	return n;
}

/* The words that the list has for a person, "" if none. */
static WAITS void ask_words(const struct asking *a, char out[LISTS_WORDS_BYTES])
{
	AUTO_ARENA mem = { 0 };
	char text[IP_TEXT_BYTES], reason[DNSLIST_REASON_MAX + 1] = "";
	struct dns_question q;
	struct dns_answer answer;
	FIBRE_TIMEOUT(a->time_ms);

	if (dnslist_question(&a->list, a->client, DNS_TXT, &q) &&
	    dns_look_up(&q, &mem, &answer) >= 0) /* WAITS */
		dnslist_reason(&answer, reason);
	snprintf(out, LISTS_WORDS_BYTES, "%.*s (%s)%s%s", SPAN_ARG(a->list.zone),
	         ip_text(&a->value, text), *reason ? ": " : "", reason);
}

/* ERR_* of the first that had one; how long it may be kept; the heaviest dnsbl that has it. */
static int add_up(const struct asking *all, size_t n, struct lists_said *out, int64_t *kept_ms,
                  const struct asking **heaviest)
{
	int r = 0;

	*kept_ms = LISTS_KEPT_MS;
	for (size_t i = 0; i < n && r >= 0; i++) {
		const struct asking *a = &all[i];
		int64_t ms = (int64_t)a->ttl * 1000;

		r = a->error;
		if (a->word == DNSLIST_SILENT)
			*kept_ms = 0;
		if (*kept_ms > ms)
			*kept_ms = ms > TTL_MIN_MS ? ms : TTL_MIN_MS;
		if (a->word != DNSLIST_LISTED)
			continue;
		out->score += a->white ? -a->list.weight : a->list.weight;
		if (!a->white && (!*heaviest || a->list.weight > (*heaviest)->list.weight))
			*heaviest = a;
	}
	return r;
}

static WAITS int ask_all(struct asking *all, size_t n)
{
	struct nursery children;
	int r = 0;

	nursery_init(&children);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = nursery_spawn(&children, "list of addresses", ask_one, &all[i]);
	int waited = nursery_wait(&children); /* WAITS */
	return r < 0 ? r : waited;
}

WAITS int lists_ask(const struct settings *set, const struct ip *client, struct lists_said *out)
{
	AUTO_ARENA mem = { 0 };
	const struct asking *heaviest = NULL;
	struct lists_said said = { 0 };
	int64_t kept_ms;

	*out = said;
	if (!set->defence_dnsbl.n && !set->defence_dnswl.n)
		return 0;
	const struct kept *kept = find(client);
	if (ip_eq(&kept->client, client) && kept->until_at > loop_now_at()) {
		*out = kept->said;
		return 0;
	}
	struct asking *all = arena_array(&mem, struct asking, 2 * LISTS_MAX);
	if (!all)
		return ERR_NO_MEMORY;
	size_t n = prepare(set, client, all);
	int r = ask_all(all, n); /* WAITS */
	if (r >= 0)
		r = add_up(all, n, &said, &kept_ms, &heaviest);
	if (r < 0)
		return r;
	if (heaviest && said.score >= set->defence_reject_score)
		ask_words(heaviest, said.words); /* WAITS */
	*find(client) = (struct kept){ .client = *client,
		                       .until_at = clock_add(loop_now_at(), kept_ms),
		                       .said = said };
	*out = said;
	return 0;
}

void lists_refusal(const struct settings *set, const char *client, const char *said,
                   struct span domain, char out[LISTS_REFUSAL_BYTES])
{
	char contact[CONFIG_CONTACT_BYTES];

	snprintf(out, LISTS_REFUSAL_BYTES, "%s is on the blocklist %s; %s", client, said,
	         config_contact(set, domain, contact));
}

void lists_forget(void)
{
	memset(&lists, 0, sizeof lists);
}
