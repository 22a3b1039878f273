/* policy/limits.c - session counts by client. */
#include "policy/limits.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/map.h"
#include "config/config_network.h"

struct client {
	char key[LIMITS_SOURCE_BYTES];
	size_t sessions;
};

static struct {
	struct map clients;
	size_t sessions;
} limits;

/* The octets of an address, IPv4-mapped IPv6 as IPv4; 0 for neither. */
static size_t octets(const struct address *a, unsigned char out[16])
{
	if (a->len && a->sa.sa_family == AF_INET) {
		memcpy(out, &a->in.sin_addr, 4);
		return 4;
	}
	if (!a->len || a->sa.sa_family != AF_INET6)
		return 0;
	if (IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr)) {
		memcpy(out, a->in6.sin6_addr.s6_addr + 12, 4);
		return 4;
	}
	memcpy(out, a->in6.sin6_addr.s6_addr, 16);
	return 16;
}

bool limits_source(const struct address *a, char out[LIMITS_SOURCE_BYTES])
{
	unsigned char o[16];
	size_t n = octets(a, o);

	memset(out, 0, LIMITS_SOURCE_BYTES);
	out[0] = (char)n;
	memcpy(out + 1, o, n == 16 ? 8 : n);
	return n != 0;
}

int limits_session_begin(const struct settings *set, const struct address *a)
{
	char key[LIMITS_SOURCE_BYTES];

	if (limits.sessions >= (size_t)set->smtp_sessions_max)
		return err(ERR_LIMIT, "smtp.sessions_max");
	if (!limits_source(a, key)) {
		limits.sessions++;
		return 0;
	}
	struct client *c = map_get(&limits.clients, span_make(key, LIMITS_SOURCE_BYTES));
	if (c && c->sessions >= (size_t)set->smtp_sessions_per_client)
		return err(ERR_LIMIT, "smtp.sessions_per_client");
	if (!c) {
		c = calloc(1, sizeof *c);
		if (!c)
			return ERR_NO_MEMORY;
		memcpy(c->key, key, LIMITS_SOURCE_BYTES);
		if (map_put(&limits.clients, span_make(c->key, LIMITS_SOURCE_BYTES), c, NULL) < 0) {
			free(c);
			return ERR_NO_MEMORY;
		}
	}
	c->sessions++;
	limits.sessions++;
	return 0;
}

void limits_session_end(const struct address *a)
{
	char key[LIMITS_SOURCE_BYTES];

	limits.sessions--;
	if (!limits_source(a, key))
		return;
	struct client *c = map_get(&limits.clients, span_make(key, LIMITS_SOURCE_BYTES));
	if (c && --c->sessions == 0) {
		map_remove(&limits.clients, span_make(key, LIMITS_SOURCE_BYTES));
		free(c);
	}
}

bool limits_in_networks(const struct address *a, const struct settings_list *networks)
{
	for (size_t i = 0; i < networks->n; i++) {
		struct config_network n;

		if (config_network_parse(span_str(networks->v[i]), &n) >= 0 &&
		    config_network_has(&n, a))
			return true;
	}
	return false;
}
