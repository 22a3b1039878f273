/* rt/address.c - addresses as text, and which of them are not for mail.
 *
 * RFC 6890 and the IANA special-purpose registries; RFC 6052 (64:ff9b::/96),
 * RFC 3056 (2002::/16), RFC 9637 (3fff::/20).
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "rt/stream.h"

static bool is_mapped(const struct address *a)
{
	return a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr);
}

const char *address_text(const struct address *a, bool with_port, char out[ADDRESS_TEXT_BYTES])
{
	char host[INET6_ADDRSTRLEN];
	bool six = a->len && a->sa.sa_family == AF_INET6 && !is_mapped(a);
	const void *octets = six            ? (const void *)&a->in6.sin6_addr
	                     : is_mapped(a) ? (const void *)&a->in6.sin6_addr.s6_addr[12]
	                                    : (const void *)&a->in.sin_addr;
	if (!a->len || !inet_ntop(six ? AF_INET6 : AF_INET, octets, host, sizeof host)) {
		snprintf(out, ADDRESS_TEXT_BYTES, "unix");
		return out;
	}
	unsigned port = ntohs(a->sa.sa_family == AF_INET6 ? a->in6.sin6_port : a->in.sin_port);
	if (!with_port)
		snprintf(out, ADDRESS_TEXT_BYTES, "%s", host);
	else
		snprintf(out, ADDRESS_TEXT_BYTES, six ? "[%s]:%u" : "%s:%u", host, port);
	return out;
}

static int parse_host(struct span host, uint16_t port, bool six, struct address *out)
{
	char z[INET6_ADDRSTRLEN];
	struct address a = { 0 };
	if (host.n >= sizeof z || memchr(host.p, 0, host.n))
		return ERR_SYNTAX;
	memcpy(z, host.p, host.n);
	z[host.n] = 0;
	if (six) {
		a.in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
		a.len = sizeof a.in6;
	} else {
		a.in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
		a.len = sizeof a.in;
	}
	if (inet_pton(a.sa.sa_family, z, six ? (void *)&a.in6.sin6_addr : (void *)&a.in.sin_addr) !=
	    1)
		return ERR_SYNTAX;
	*out = a;
	return 0;
}

int address_parse(struct span text, uint16_t default_port, struct address *out)
{
	struct span rest = text, host;
	bool six = span_eat(&rest, SPAN("["));
	uint64_t port = default_port;
	ptrdiff_t end = span_find(rest, six ? ']' : ':');
	int r = 0;
	if (end < 0 && !six)
		end = (ptrdiff_t)rest.n;
	if (end <= 0)
		return err(ERR_SYNTAX, "not an address: \"%.*s\"", SPAN_ARG(text));
	host = span_sub(rest, 0, (size_t)end);
	rest = span_sub(rest, (size_t)end + six, rest.n);
	if (rest.n)
		r = span_eat(&rest, SPAN(":")) ? span_to_u64(rest, UINT16_MAX, &port) : ERR_SYNTAX;
	if (r == 0)
		r = parse_host(host, (uint16_t)port, six, out);
	return r < 0 ? err(ERR_SYNTAX, "not an address: \"%.*s\"", SPAN_ARG(text)) : 0;
}

struct net4 {
	uint32_t base;
	uint8_t bits;
};

#define NET4(a, b, c, d, bits)                                                                     \
	{                                                                                          \
		(uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d), (bits)                           \
	}

static const struct net4 special4[] = {
	NET4(0, 0, 0, 0, 8),      NET4(10, 0, 0, 0, 8),     NET4(100, 64, 0, 0, 10),
	NET4(127, 0, 0, 0, 8),    NET4(169, 254, 0, 0, 16), NET4(172, 16, 0, 0, 12),
	NET4(192, 0, 0, 0, 24),   NET4(192, 0, 2, 0, 24),   NET4(192, 88, 99, 0, 24),
	NET4(192, 168, 0, 0, 16), NET4(198, 18, 0, 0, 15),  NET4(198, 51, 100, 0, 24),
	NET4(203, 0, 113, 0, 24), NET4(224, 0, 0, 0, 4),    NET4(240, 0, 0, 0, 4),
};

static bool is_special4(uint32_t a)
{
	for (size_t i = 0; i < N_ELEMS(special4); i++)
		if ((a ^ special4[i].base) >> (32 - special4[i].bits) == 0)
			return true;
	return false;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Only 2000::/3 is for the world, but for some nets in it; an address that holds
 * an IPv4 one is judged by that. */
static bool is_special6(const uint8_t *p)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
	uint32_t head = get32(p);
	if (memcmp(p, mapped, 12) == 0 || memcmp(p, nat64, 12) == 0)
		return is_special4(get32(p + 12));
	if (head >> 16 == 0x2002)
		return is_special4(get32(p + 2));
	return head >> 29 != 1                 /* not 2000::/3 */
	       || head >> 9 == 0x20010000 >> 9 /* 2001::/23: protocols, Teredo */
	       || head == 0x20010db8           /* documentation */
	       || head >> 12 == 0x3fff0;       /* documentation */
}

bool address_is_loopback(const struct address *a)
{
	const uint8_t *p = a->in6.sin6_addr.s6_addr;
	if (!a->len)
		return false;
	if (a->sa.sa_family == AF_INET)
		return ntohl(a->in.sin_addr.s_addr) >> 24 == 127;
	return is_mapped(a) ? p[12] == 127 : IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
}

bool address_is_special(const struct address *a)
{
	if (!a->len)
		return true;
	if (a->sa.sa_family == AF_INET)
		return is_special4(ntohl(a->in.sin_addr.s_addr));
	return is_special6(a->in6.sin6_addr.s6_addr);
}
