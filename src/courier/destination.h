/* courier/destination.h - a domain's servers, in the order to try them.
 *
 * Sources: RFC 5321 5.1 (MX, implicit MX, loops), 4.1.3 (literals), RFC 7505 (null MX).
 * Hosts are looked up one preference at a time: a domain whose first server
 * answers costs no questions about its others.  Floor 5.
 */
#ifndef COURIER_DESTINATION_H
#define COURIER_DESTINATION_H

#include "courier/avoid.h"
#include "courier/failure.h"
#include "courier/self.h"
#include "resolver/resolver.h"

enum {
	DESTINATION_HOSTS_MAX = 20,
	DESTINATION_ADDRESSES_MAX = 40,
	DESTINATION_PER_HOST_MAX = 5, /* of a family, so that one host cannot hide the others */
	DESTINATION_DNS_MS = 60 * 1000,
};

/* What holds for all destinations. */
struct destination_rules {
	const struct self *self;
	const struct avoid *avoid;
	uint16_t port;
	bool ipv6;
	bool private_addresses; /* special addresses are permitted */
};

struct candidate {
	struct span host;
	struct address address;
};

struct destination_host {
	struct span name;
	uint16_t preference;
};

struct destination {
	const struct destination_rules *rules;
	struct arena *mem; /* everything in candidates lives here */
	struct destination_host hosts[DESTINATION_HOSTS_MAX];
	size_t n_hosts, next_host;
	struct candidate candidates[DESTINATION_ADDRESSES_MAX];
	size_t n_candidates, n_given;
	struct candidate later[DESTINATION_ADDRESSES_MAX]; /* could not be reached lately */
	size_t n_later;
	bool any;      /* there was one to try */
	bool implicit; /* the domain itself is the host */
	bool loop;     /* we are among the hosts: the rest was dropped */
	bool no_ipv4;  /* a host has IPv6 addresses alone, and IPv6 is off */
	bool special;  /* a host has a special address */
	struct smtp_client_result
	        trouble; /* done: why hosts are missing; see destination_trouble */
};

/* Finds the hosts of a domain: a name in A-labels or an address literal.  What
 * goes wrong shows in destination_trouble. */
WAITS void destination_open(struct destination *d, const struct destination_rules *rules,
                            struct span domain, struct arena *mem);
/* The next ones to try, all of one preference; 0 when there are no more. */
WAITS size_t destination_next(struct destination *d, struct candidate **out);
/* After the last of them: why some or all hosts are missing.  Not done: nothing is. */
const struct smtp_client_result *destination_trouble(struct destination *d);

#endif
