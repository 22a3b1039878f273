/* rt/address.c - addresses of sockets: as text, and as base/ip.h has them. */
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

uint16_t address_port(const struct address *a)
{
	return ntohs(a->sa.sa_family == AF_INET6 ? a->in6.sin6_port : a->in.sin_port);
}

void address_ip(const struct address *a, struct ip *out)
{
	*out = (struct ip){ 0 };
	if (a->len && a->sa.sa_family == AF_INET6) {
		out->n = 16;
		memcpy(out->octets, &a->in6.sin6_addr, 16);
	} else if (a->len && a->sa.sa_family == AF_INET) {
		out->n = 4;
		memcpy(out->octets, &a->in.sin_addr, 4);
	}
}

void address_from_ip(const struct ip *ip, uint16_t port, struct address *out)
{
	*out = (struct address){ 0 };
	if (ip->n == 16) {
		out->in6.sin6_family = AF_INET6;
		out->in6.sin6_port = htons(port);
		out->len = sizeof out->in6;
		memcpy(&out->in6.sin6_addr, ip->octets, 16);
	} else if (ip->n == 4) {
		out->in.sin_family = AF_INET;
		out->in.sin_port = htons(port);
		out->len = sizeof out->in;
		memcpy(&out->in.sin_addr, ip->octets, 4);
	}
}

bool address_is_loopback(const struct address *a)
{
	struct ip ip;

	address_ip(a, &ip);
	return ip_is_loopback(&ip);
}

bool address_is_special(const struct address *a)
{
	struct ip ip;

	address_ip(a, &ip);
	return ip_is_special(&ip);
}
