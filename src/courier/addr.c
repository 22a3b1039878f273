/* courier/addr.c - see addr.h. */
#include "courier/addr.h"

#include <arpa/inet.h>

#include "base/map.h"

static struct span host_octets(const struct address *a)
{
	if (a->sa.sa_family == AF_INET6)
		return span_make(&a->in6.sin6_addr, sizeof a->in6.sin6_addr);
	return span_make(&a->in.sin_addr, sizeof a->in.sin_addr);
}

uint16_t addr_port(const struct address *a)
{
	return ntohs(a->sa.sa_family == AF_INET6 ? a->in6.sin6_port : a->in.sin_port);
}

void addr_set_port(struct address *a, uint16_t port)
{
	if (a->sa.sa_family == AF_INET6)
		a->in6.sin6_port = htons(port);
	else
		a->in.sin_port = htons(port);
}

bool addr_same_host(const struct address *a, const struct address *b)
{
	return a->sa.sa_family == b->sa.sa_family && span_eq(host_octets(a), host_octets(b));
}

bool addr_is_unspecified(const struct address *a)
{
	static const char zero[sizeof(struct in6_addr)];

	return !memcmp(host_octets(a).p, zero, host_octets(a).n);
}

uint64_t addr_hash(const struct address *a)
{
	struct span host = host_octets(a);
	char key[2 + sizeof(struct in6_addr)];

	key[0] = (char)(addr_port(a) >> 8);
	key[1] = (char)addr_port(a);
	memcpy(key + 2, host.p, host.n);
	return map_hash(span_make(key, 2 + host.n));
}
