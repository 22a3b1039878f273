/* wire/dns/query.h - a question as it is sent to a name server, and whether a packet is its reply.
 *
 * RFC 1035 4.1.1 (header), 4.1.2 (question); RFC 5452 9.1 (what a reply must match).  Pure: anybody
 * on the way may send us packets.  Floor 1 (wire).
 */
#ifndef WIRE_DNS_QUERY_H
#define WIRE_DNS_QUERY_H

#include "base/err.h"
#include "wire/dns/dns.h"

/* A header, a name of 255 octets, type and class. */
enum { DNS_QUERY_MAX = 12 + 255 + 4 };

struct dns_query {
	char octets[DNS_QUERY_MAX];
	size_t n;
};

/* The name is as dns_name_parse makes it.  Recursion is desired. */
void dns_query_print(const struct dns_question *q, uint16_t id, struct dns_query *out);
/* It has the query's number, and repeats its question octet by octet. */
bool dns_query_is_answered_by(const struct dns_query *query, struct span packet);
/* Of such a reply: there is more than the packet had room for (RFC 1035 4.1.1, TC). */
bool dns_query_is_cut(struct span packet);

#endif
