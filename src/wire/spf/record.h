/* wire/spf/record.h - an SPF record, term by term.
 *
 * Sources: RFC 7208 4.5 (which record), 4.6.1 (terms), 5 (mechanisms), 6 (modifiers), 7.1 and
 *          12 (grammar).
 * Pure: no I/O, no allocation.  A record is walked, never stored: a hostile one has 30,000 terms.
 */
#ifndef WIRE_SPF_RECORD_H
#define WIRE_SPF_RECORD_H

#include "base/coding/ip.h"

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS,
	SPF_REDIRECT,
	SPF_EXP,
	SPF_UNKNOWN_MODIFIER,
};

/* One term; spans borrow from the record. */
struct spf_term {
	enum spf_kind kind;
	char qualifier;       /* + - ~ ?; of mechanisms */
	uint8_t bits4, bits6; /* what of an address counts; 32 and 128 when it was not said */
	struct ip network;    /* of ip4 and ip6 */
	struct span domain;   /* domain-spec with its macros; empty: the current domain */
	struct span text;     /* the whole term */
};

/* Whether a TXT record is an SPF record: "v=spf1", and a space or the end (4.5).  *terms gets what
 * follows. */
bool spf_record_is(struct span text, struct span *terms);
/* Takes one term from the front.  1; 0: no more; ERR_SYNTAX: *out has only the term's text. */
NODISCARD int spf_term_next(struct span *terms, struct spf_term *out);
/* Walks all the terms, since an error anywhere is one (4.6).  *redirect and *exp get the modifiers'
 * domain-specs, empty when there are none.  0; ERR_SYNTAX: *bad is the term, empty when a modifier
 * stands twice. */
NODISCARD int spf_record_check(struct span terms, struct span *redirect, struct span *exp,
                               struct span *bad);

#endif
