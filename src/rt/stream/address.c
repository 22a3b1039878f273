/* rt/stream/address.c - addresses of sockets: as text, and as base/coding/ip.h has them. */
#include <stdio.h>

#include "rt/stream/stream.h"

const char *address_text(const struct address *a, bool with_port, char out[ADDRESS_TEXT_BYTES])
{
	char host[IP_TEXT_BYTES];
	struct ip ip;
	address_ip(a, &ip);
	ip_text(&ip, host);
	if (!ip.n)
		snprintf(out, ADDRESS_TEXT_BYTES, "unix");
	else if (!with_port)
		snprintf(out, ADDRESS_TEXT_BYTES, "%s", host);
	else
		snprintf(out, ADDRESS_TEXT_BYTES, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host,
		         address_port(a));
	return out;
}

static int parse_host(struct span host, uint16_t port, bool six, struct address *out)
{
	struct ip ip;
	if (ip_parse(host, &ip) < 0 || (ip.n == 16) != six)
		return ERR_SYNTAX;
	address_from_ip(&ip, port, out);
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
