/* sending/habits.c - see habits.h. */
#include "sending/habits.h"

#include <stdio.h>

#include "base/map.h"
#include "policy/limits.h"

/* False: the setting is off. */
static bool rate_of(const char *setting, struct config_rate *out)
{
	struct config_rates all;

	if (config_rates_parse(span_str(setting), &all) < 0 || !all.n)
		return false;
	*out = all.v[0];
	return true;
}

static bool counted(struct window *w, const char *setting, uint32_t n, int64_t now_at,
                    const char *what, char why[HABITS_WHY_BYTES])
{
	struct config_rate rate;

	if (!n || !rate_of(setting, &rate))
		return false;
	window_add(w, rate.period_ms, n, now_at);
	uint32_t use = window_use(w, rate.period_ms, now_at);
	if (use <= rate.count)
		return false;
	snprintf(why, HABITS_WHY_BYTES, "%u %s within %s", use, what, config_rate_period(&rate));
	return true;
}

bool habits_unknown(struct habits *h, const struct settings *set, uint32_t n, int64_t now_at,
                    char why[HABITS_WHY_BYTES])
{
	return counted(&h->unknown, set->limits_hold_unknown, n, now_at,
	               "recipients that there is no such user for", why);
}

bool habits_over(struct habits *h, const struct settings *set, int64_t now_at,
                 char why[HABITS_WHY_BYTES])
{
	return counted(&h->over, set->limits_hold_over, 1, now_at, "messages past its limits", why);
}

/* An IPv4 /24, an IPv6 /48: an owner's address moves about within one.  0: neither. */
static uint64_t network_of(struct span client)
{
	char source[LIMITS_SOURCE_BYTES];
	struct ip ip;
	struct address a;

	if (ip_parse(client, &ip) < 0)
		return 0;
	address_from_ip(&ip, 0, &a);
	if (!limits_source(&a, source))
		return 0;
	if (source[0] == 4)
		source[4] = 0;
	else
		source[7] = source[8] = 0;
	return map_hash(span_make(source, sizeof source)) | 1;
}

bool habits_network(struct habits *h, const struct settings *set, struct span client,
                    int64_t now_at, char why[HABITS_WHY_BYTES])
{
	uint64_t network = network_of(client);
	struct habits_network *oldest = h->networks, *place = NULL;
	struct config_rate rate;
	uint32_t n = 0;

	if (!network || !rate_of(set->limits_hold_networks, &rate))
		return false;
	for (size_t i = 0; i < N_ELEMS(h->networks); i++) {
		struct habits_network *at = &h->networks[i];

		if (at->network == network)
			place = at;
		else if (at->network && now_at - at->seen_at < rate.period_ms)
			n++;
		if (!at->network || (oldest->network && at->seen_at < oldest->seen_at))
			oldest = at;
	}
	*(place ? place : oldest) = (struct habits_network){ network, now_at };
	if (n + 1 <= rate.count)
		return false;
	snprintf(why, HABITS_WHY_BYTES, "sent from %u networks within %s", n + 1,
	         config_rate_period(&rate));
	return true;
}
