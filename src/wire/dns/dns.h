/* wire/dns/dns.h - a question to DNS and its answer, as the engines without I/O see them.
 *
 * Sources: RFC 1035 3.2.2 (types), RFC 3596 (AAAA), RFC 2782 (SRV), RFC 6698 (TLSA), RFC 2308 2 (no
 *data, no name). Pure: who looks up, how, and how long that may take is the driver's affair.
 *
 * An engine turns this loop, and has its result when there is no further question:
 *
 *	while (x_next(&engine, &question))
 *		x_answer(&engine, &answer);
 */
#ifndef WIRE_DNS_DNS_H
#define WIRE_DNS_DNS_H

#include "base/coding/ip.h"

/* The numbers are those on the wire. */
enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_SRV = 33,
	DNS_TLSA = 52,
};

enum dns_status {
	DNS_FOUND,
	DNS_NO_DATA, /* the name exists, not with this type */
	DNS_NO_NAME, /* NXDOMAIN */
	DNS_FAILED,  /* SERVFAIL, bogus, time-out: nothing is known */
};

/* A name of 253 octets, and its NUL. */
enum { DNS_NAME_BYTES = 254 };

/* The name without final dot. */
struct dns_question {
	char name[DNS_NAME_BYTES];
	enum dns_type type;
};

/* One record; by type: A, AAAA: ip.  MX: preference, name.  PTR, CNAME: name.  TXT: text, its
 * strings joined.  SRV: text, "PRIORITY WEIGHT PORT", and name.  TLSA: text, as on the wire.  Names
 * without final dot; "" is the root. */
struct dns_record {
	struct ip ip;
	struct span name, text;
	uint16_t preference;
};

struct dns_answer {
	enum dns_status status;
	bool secure;  /* DNSSEC-validated */
	uint32_t ttl; /* seconds that it may still be used */
	const struct dns_record *records;
	size_t n;
	struct span failure; /* why, of DNS_FAILED, where that is known */
};

#endif
