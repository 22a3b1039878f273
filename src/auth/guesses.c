/* auth/guesses.c - when each debt of wrong guesses is paid off, and where accounts are at home. */
#include "auth/guesses.h"

#include <arpa/inet.h>

#include "base/map.h"

/* Something that ends: a debt, or a home. */
struct place {
	uint64_t key;
	int64_t until_at;
};

struct table {
	struct place sets[GUESSES_SETS][GUESSES_WAYS];
};

static struct table sources, accounts, homes;

static struct place *find(struct table *t, uint64_t set, uint64_t key)
{
	struct place *places = t->sets[set % GUESSES_SETS];

	for (size_t i = 0; i < GUESSES_WAYS; i++)
		if (places[i].key == key)
			return &places[i];
	return NULL;
}

/* Takes the place of what ends first, when the key has none. */
static struct place *find_or_make(struct table *t, uint64_t set, uint64_t key)
{
	struct place *places = t->sets[set % GUESSES_SETS];
	struct place *p = find(t, set, key), *first = places;

	if (p)
		return p;
	for (p = places; p < places + GUESSES_WAYS; p++)
		if (p->until_at < first->until_at)
			first = p;
	*first = (struct place){ .key = key };
	return first;
}

static bool is_exhausted(struct table *debts, uint64_t key, int64_t now_at)
{
	const struct place *p = find(debts, key, key);

	return p && p->until_at - now_at > (GUESSES_BURST - 1) * GUESSES_EACH_MS;
}

static void charge(struct table *debts, uint64_t key, int64_t now_at)
{
	struct place *p = find_or_make(debts, key, key);

	p->until_at = (p->until_at > now_at ? p->until_at : now_at) + GUESSES_EACH_MS;
}

static void take_back(struct table *debts, uint64_t key)
{
	struct place *p = find(debts, key, key);

	if (p)
		p->until_at -= GUESSES_EACH_MS;
}

static uint64_t source_of(struct span client)
{
	char text[INET6_ADDRSTRLEN] = "";
	unsigned char key[17] = { 0 }; /* family, octets */
	size_t n = 1;

	if (client.n && client.n < sizeof text)
		memcpy(text, client.p, client.n);
	if (inet_pton(AF_INET, text, key + 1) == 1) {
		key[0] = 4;
		n += 4;
	} else if (inet_pton(AF_INET6, text, key + 1) == 1) {
		key[0] = 6;
		n += 8;
	}
	return map_hash(span_make(key, n));
}

int guesses_begin(struct span client, struct span account, int64_t now_at, struct guess *out)
{
	struct guess g = { source_of(client), map_hash(account), .begun_at = now_at };
	const uint64_t pair[] = { g.source, g.account };

	g.home = map_hash(span_make(pair, sizeof pair));
	const struct place *home = find(&homes, g.account, g.home);
	g.at_home = home && home->until_at > now_at;
	if (is_exhausted(&sources, g.source, now_at))
		return err(ERR_LIMIT, "too many wrong passwords from %.*s", SPAN_ARG(client));
	if (!g.at_home && is_exhausted(&accounts, g.account, now_at))
		return err(ERR_LIMIT,
		           "too many wrong passwords for the account, and "
		           "no login from %.*s lately",
		           SPAN_ARG(client));
	charge(&sources, g.source, now_at);
	if (!g.at_home)
		charge(&accounts, g.account, now_at);
	*out = g;
	return 0;
}

void guesses_right(const struct guess *g)
{
	take_back(&sources, g->source);
	if (!g->at_home)
		take_back(&accounts, g->account);
	find_or_make(&homes, g->account, g->home)->until_at = g->begun_at + GUESSES_HOME_MS;
}

void guesses_close(void)
{
	memset(&sources, 0, sizeof sources);
	memset(&accounts, 0, sizeof accounts);
	memset(&homes, 0, sizeof homes);
}
