/* defence/helo.h - does HELO or EHLO say who calls?  Pure.
 *
 * RFC 5321 2.3.5 (names have a dot), 4.1.1.1, 4.1.3 (address literals).  What is wrong there is no
 * reason to refuse by itself (4.1.4: only what the operator has set is), and few programs that send
 * honest mail make these mistakes.
 */
#ifndef DEFENCE_HELO_H
#define DEFENCE_HELO_H

#include "base/coding/ip.h"

enum helo_word {
	HELO_GOOD,
	HELO_OURS,          /* it says that it is us */
	HELO_OUR_ADDRESS,   /* likewise, by the address that it called */
	HELO_OTHER_ADDRESS, /* an address that it does not come from */
	HELO_BAD_ADDRESS,   /* an address that is not written as one: in brackets */
	HELO_NO_NAME,
	HELO_NO_DOT,
	HELO_WORDS
};

/* client, here: the addresses of the connection; ours: our name. */
enum helo_word helo_judge(struct span helo, const struct ip *client, const struct ip *here,
                          struct span ours);
/* "ours", "no-dot", ...; what that means, to go on after "it says HELO x, ". */
const char *helo_word(enum helo_word w);
const char *helo_meaning(enum helo_word w);

#endif
