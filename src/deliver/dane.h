/* deliver/dane.h - where a host's TLSA records are, and what follows from them.
 *
 * Sources: RFC 7672 2.1 (what must be vouched for), 2.2.1-2.2.3 (which names), 3.1.3 (records of no
 * use).  A part of hosts.c.  Pure.  Floor 2.
 */
#ifndef DELIVER_DANE_H
#define DELIVER_DANE_H

#include "deliver/destination.h"

/* Of one host; all borrowed. */
struct deliver_dane_search {
	struct arena *mem;
	uint16_t port;
	struct span domain, domain_canonical; /* what it is a server of; "" when that is no alias */
	struct span host, canonical; /* likewise                                          */
	bool secure;                 /* DNSSEC vouches for all of the host's addresses    */

	bool asks_alias; /* whether it vouches for the alias at least            */
	struct span base, question;

	/* How the host is to be known; or lost.done: it is not to be used, and why. */
	enum deliver_tls tls;
	const struct deliver_dane *dane;
	struct smtp_client_result lost;
};

/* Of a host whose addresses are known, of a domain whose MX records DNSSEC vouches for.  False:
 * there is nothing to ask. */
bool deliver_dane_begin(struct deliver_dane_search *s);
struct deliver_question deliver_dane_question(const struct deliver_dane_search *s);
/* True: there is a further question. */
bool deliver_dane_answer(struct deliver_dane_search *s, const struct deliver_answer *a);

#endif
