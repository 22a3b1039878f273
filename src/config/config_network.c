/* config/config_network.c - RFC 4632 3.1 and RFC 4291 2.3 prefixes. */
#include "config/config_network.h"

#include <arpa/inet.h>

enum { V4_BITS = 32, V6_BITS = 128 };

/* The octets of an address, IPv4-mapped ones as IPv4. */
static struct span octets(const struct address *a)
{
	if (a->sa.sa_family == AF_INET)
		return span_make(&a->in.sin_addr, sizeof a->in.sin_addr);
	if (IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return span_make(&a->in6.sin6_addr.s6_addr[12], 4);
	return span_make(&a->in6.sin6_addr, sizeof a->in6.sin6_addr);
}

static bool prefix_eq(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole))
		return false;
	return !rest || !((a[whole] ^ b[whole]) >> (8 - rest));
}

static bool host_bits_set(struct span o, unsigned bits)
{
	for (unsigned i = bits; i < o.n * 8; i++)
		if ((uint8_t)o.p[i / 8] & (0x80u >> (i % 8)))
			return true;
	return false;
}

int config_network_parse(struct span text, struct config_network *out)
{
	struct config_network n = { 0 };
	struct span host, bits = text;
	char z[INET6_ADDRSTRLEN];
	uint64_t most, got;

	if (!span_split(&bits, '/', &host) || host.n >= sizeof z)
		return err(ERR_SYNTAX, "is no network such as 10.0.0.0/8 or 2001:db8::/32");
	memcpy(z, host.p, host.n);
	z[host.n] = 0;
	if (inet_pton(AF_INET, z, &n.address.in.sin_addr) == 1) {
		n.address.sa.sa_family = AF_INET;
		n.address.len = sizeof n.address.in;
		most = V4_BITS;
	} else if (inet_pton(AF_INET6, z, &n.address.in6.sin6_addr) == 1) {
		n.address.sa.sa_family = AF_INET6;
		n.address.len = sizeof n.address.in6;
		most = V6_BITS;
	} else {
		return err(ERR_SYNTAX, "is no network such as 10.0.0.0/8 or 2001:db8::/32");
	}
	got = most;
	if (host.n < text.n && span_to_u64(bits, most, &got) < 0)
		return err(ERR_SYNTAX, "needs a prefix of 0 to %ju bits", (uintmax_t)most);
	n.bits = (unsigned)got;
	if (host_bits_set(span_make(most == V4_BITS ? (void *)&n.address.in.sin_addr
	                                            : (void *)&n.address.in6.sin6_addr,
	                            most / 8),
	                  n.bits))
		return err(ERR_REFUSED, "has bits set right of its prefix of %u", n.bits);
	*out = n;
	return 0;
}

bool config_network_has(const struct config_network *n, const struct address *a)
{
	struct span net, host;

	if (a->sa.sa_family != AF_INET && a->sa.sa_family != AF_INET6)
		return false;
	net = n->address.sa.sa_family == AF_INET
	              ? span_make(&n->address.in.sin_addr, sizeof n->address.in.sin_addr)
	              : span_make(&n->address.in6.sin6_addr, sizeof n->address.in6.sin6_addr);
	host = octets(a);
	return net.n == host.n &&
	       prefix_eq((const uint8_t *)net.p, (const uint8_t *)host.p, n->bits);
}
