/* component/net/dns_servers_windows.c - of the adapters that are up; see dns_servers.h. */
#include "component/net/dns_servers.h"

#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_BYTES = 64 << 10 };

static bool is_known(const struct ip *all, size_t n, const struct ip *ip)
{
	for (size_t i = 0; i < n; i++)
		if (ip_eq(&all[i], ip))
			return true;
	return false;
}

/* No family: one that is not asked, such as the site-local addresses that an adapter has when it
 * was told of none. */
static struct ip ip_of(const struct sockaddr *sa)
{
	struct ip ip = { 0 };

	if (sa->sa_family == AF_INET) {
		ip.n = 4;
		memcpy(ip.octets, &((const struct sockaddr_in *)sa)->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		const uint8_t *octets =
		        (const uint8_t *)&((const struct sockaddr_in6 *)sa)->sin6_addr;
		bool site_local = octets[0] == 0xfe && (octets[1] & 0xc0) == 0xc0;
		bool link_local = octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80;
		ip.n = site_local || link_local ? 0 : 16;
		memcpy(ip.octets, octets, 16);
	}
	return ip;
}

size_t dns_servers(struct ip *out, size_t max)
{
	ULONG flags = GAA_FLAG_SKIP_UNICAST | GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST;
	ULONG bytes = ANSWER_BYTES;
	IP_ADAPTER_ADDRESSES *all = malloc(bytes);
	size_t n = 0;

	if (!all || GetAdaptersAddresses(AF_UNSPEC, flags, NULL, all, &bytes) != ERROR_SUCCESS) {
		free(all);
		return 0;
	}
	for (IP_ADAPTER_ADDRESSES *a = all; a; a = a->Next)
		for (IP_ADAPTER_DNS_SERVER_ADDRESS *s = a->FirstDnsServerAddress;
		     s && n < max && a->OperStatus == IfOperStatusUp; s = s->Next) {
			struct ip ip = ip_of(s->Address.lpSockaddr);
			if (ip.n && !is_known(out, n, &ip))
				out[n++] = ip;
		}
	free(all);
	return n;
}
