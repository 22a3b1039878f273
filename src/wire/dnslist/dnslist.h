/* wire/dnslist/dnslist.h - lists of addresses in DNS: what is asked of one, and what its answer
 * says.
 *
 * Sources: RFC 5782 2 (how a list is asked), 5 (the entries by which a list is tried); RFC 6471 3.4
 *          (a list that lists the world); the notation of values is that of Postfix's postscreen.
 * Pure.  A list belongs to somebody else: no answer of it is believed that it cannot mean.
 */
#ifndef WIRE_DNSLIST_H
#define WIRE_DNSLIST_H

#include "wire/dns/dns.h"

enum {
	DNSLIST_WEIGHT_MAX = 1000,
	DNSLIST_ZONE_MAX = 180, /* octets: an IPv6 address takes 64 in front of it, and two dots */
	DNSLIST_REASON_MAX = 200,
};

/* Which values of an octet count, a bit each. */
struct dnslist_octet {
	uint64_t bits[4];
};

/* One line of defence.dnsbl.  The zone is borrowed. */
struct dnslist {
	struct span zone;
	struct dnslist_octet
	        values[4]; /* 127.0.0.0/8 without 127.255.255.0/24 unless it says which */
	int weight;        /* 1 where it says none                                    */
};

/* "zone", "zone=127.0.0.2", "zone=127.0.0.[2..4;10]", each with "*WEIGHT" behind.
 * ERR_SYNTAX with words for the operator. */
NODISCARD int dnslist_parse(struct span text, struct dnslist *out);

/* The question for an address: "2.0.0.127.ZONE", nibbles for IPv6; an IPv4-mapped address as IPv4.
 * type: DNS_A, or DNS_TXT for the words.  False: no address. */
bool dnslist_question(const struct dnslist *list, const struct ip *ip, enum dns_type type,
                      struct dns_question *out);
/* The entries that every list must have and must not have (RFC 5782 5). */
extern const struct ip dnslist_always, dnslist_never;

enum dnslist_word {
	DNSLIST_CLEAN,
	DNSLIST_LISTED,  /* with a value that counts                                      */
	DNSLIST_OTHER,   /* with values that this line does not count                     */
	DNSLIST_REFUSED, /* 127.255.255.0/24: the list does not answer us, and says so    */
	DNSLIST_WILD,    /* an answer outside 127.0.0.0/8: somebody else holds the zone   */
	DNSLIST_SILENT,  /* DNS has no answer                                             */
};

/* What the answer to DNS_A says; *value: the address that decided. */
enum dnslist_word dnslist_judge(const struct dnslist *list, const struct dns_answer *answer,
                                struct ip *value);

/* The words of the answer to DNS_TXT, for a reply: one line of printable ASCII.  "" when there are
 * none. */
void dnslist_reason(const struct dns_answer *answer, char out[DNSLIST_REASON_MAX + 1]);

#endif
