/* wire/dmarc/walk.h - the DNS tree walk: a domain's record and its organizational domain.
 *
 * Source: RFC 9989 4.10 (steps), 4.10.2 (selection).  Names are never made, only cut: each target
 * is the right-hand part of the domain where the walk began.
 */
#ifndef WIRE_DMARC_WALK_H
#define WIRE_DMARC_WALK_H

#include "base/arena.h"
#include "wire/dmarc/record.h"
#include "wire/dns/dns.h"

struct dmarc_walk {
	struct span domain;         /* where it began */
	struct span target;         /* what is asked for next; empty: nothing, the walk has ended */
	unsigned n;                 /* asked */
	bool failed;                /* a look-up did */
	bool own;                   /* the domain itself has a record */
	struct span last;           /* the shortest name with a record so far; empty: none */
	struct dmarc_record record; /* that one's; spans live in the arena */
	struct span organization;   /* when the walk has ended */
	/* The one that holds for the domain: its own, else the organization's, else the suffix's.
	 */
	struct span policy_domain; /* empty: none */
	struct dmarc_record policy;
};

/* A domain of labels: none empty, none over 63 octets, with room for "_dmarc." before it. */
bool dmarc_name_ok(struct span domain);
void dmarc_walk_begin(struct dmarc_walk *w, struct span domain);
/* The name to ask TXT for; false: the walk has ended. */
bool dmarc_walk_next(const struct dmarc_walk *w, struct dns_question *out);
void dmarc_walk_answer(struct dmarc_walk *w, const struct dns_answer *answer, struct arena *mem);

#endif
