/* resolver/resolver_rdata.c - see resolver_rdata.h. */
#include "resolver/resolver_rdata.h"

#include <stdio.h>

int resolver_rdata_parse(enum resolver_type type, struct span rdata, struct arena *mem,
                         struct resolver_record *out)
{
	struct dns_record got;
	int r = dns_rdata_parse((enum dns_type)type, rdata, mem, &got);

	if (r < 0)
		return r;
	*out = (struct resolver_record){
		.name = got.name,
		.text = got.text,
		.preference = got.preference,
	};
	address_from_ip(&got.ip, 0, &out->address);
	return 0;
}

int resolver_name_parse(struct span text, char out[RESOLVER_NAME_MAX + 1])
{
	return dns_name_parse(text, out);
}

int resolver_reverse_name(const struct address *a, char out[RESOLVER_REVERSE_BYTES])
{
	const uint8_t *o = a->in6.sin6_addr.s6_addr;
	size_t n = 0;

	if (a->sa.sa_family == AF_INET)
		o = (const uint8_t *)&a->in.sin_addr;
	else if (a->sa.sa_family != AF_INET6)
		return err(ERR_SYNTAX, "an address without a reverse name");
	else if (IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		o += 12;
	if (a->sa.sa_family == AF_INET || IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr)) {
		snprintf(out, RESOLVER_REVERSE_BYTES, "%u.%u.%u.%u.in-addr.arpa", o[3], o[2], o[1],
		         o[0]);
		return 0;
	}
	for (int i = 15; i >= 0; i--) {
		out[n++] = "0123456789abcdef"[o[i] & 15];
		out[n++] = '.';
		out[n++] = "0123456789abcdef"[o[i] >> 4];
		out[n++] = '.';
	}
	memcpy(out + n, "ip6.arpa", sizeof "ip6.arpa");
	return 0;
}
