/* wire/dns/reply.h - a whole reply of a name server, read.
 *
 * RFC 1035 4.1 (format), 4.1.4 (compression), RFC 1034 3.6.2 (aliases), RFC 2308 2 (no data, no
 * name).  Pure: whoever runs a zone, or sits on the way, chooses these octets.  Floor 1 (wire).
 */
#ifndef WIRE_DNS_REPLY_H
#define WIRE_DNS_REPLY_H

#include "base/arena.h"
#include "wire/dns/dns.h"

enum {
	DNS_REPLY_RECORDS_MAX = 100, /* more are not looked at                    */
	DNS_REPLY_ALIASES_MAX = 16,  /* a longer way, or a circle, is ERR_SYNTAX */
};

struct dns_reply {
	enum dns_status status;
	unsigned rcode; /* of DNS_FAILED */
	struct dns_record *records;
	size_t n;
	struct span canonical; /* the name behind aliases; "" when it is none */
};

/* The answer to a question by name (as dns_name_parse makes it) and type; what is malformed within
 * one record takes nobody's room.  ERR_SYNTAX: the reply is none, or has no record that can be
 * read; ERR_NO_MEMORY. */
NODISCARD int dns_reply_parse(struct span packet, struct span name, enum dns_type type,
                              struct arena *mem, struct dns_reply *out);

#endif
