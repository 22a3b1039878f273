/* component/net/dns_servers.h - the system's name servers. */
#ifndef COMPONENT_NET_DNS_SERVERS_H
#define COMPONENT_NET_DNS_SERVERS_H

#include "base/coding/ip.h"

/* How many there are, max at most, in the system's order. */
size_t dns_servers(struct ip *out, size_t max);

#endif
