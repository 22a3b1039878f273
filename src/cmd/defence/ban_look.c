/* cmd/defence/ban_look.c - see ban_look.h. */
#include "cmd/defence/ban_look.h"

#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

#include "policy/limits.h"

static bool is_own(const char source[LIMITS_SOURCE_BYTES])
{
	struct ifaddrs *all = NULL;
	char own[LIMITS_SOURCE_BYTES];
	bool found = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (const struct ifaddrs *i = all; i && !found; i = i->ifa_next) {
		struct address a = { 0 };
		int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;

		if (family != AF_INET && family != AF_INET6)
			continue;
		a.len = family == AF_INET ? sizeof a.in : sizeof a.in6;
		memcpy(&a.sa, i->ifa_addr, a.len);
		found = limits_source(&a, own) && memcmp(own, source, sizeof own) == 0;
	}
	freeifaddrs(all);
	return found;
}

const char *ban_look(const struct settings *set, const struct ip *ip)
{
	struct address a;
	char source[LIMITS_SOURCE_BYTES];

	address_from_ip(ip, 0, &a);
	if (ip_is_loopback(ip))
		return "this machine's own, by which its programs, its webmail and its proxies "
		       "send and read mail";
	if (limits_source(&a, source) && is_own(source))
		return "this machine's own, or in the same /64, by which its programs, its "
		       "webmail and its proxies send and read mail";
	if (limits_in_networks(&a, &set->smtp_relay_networks))
		return "in smtp.relay_networks, by which others send through this server";
	return NULL;
}
