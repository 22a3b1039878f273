/* sending/counts.h - what was sent lately, by who sent it: a table of fixed size.  When a place is
 * wanted, who sent nothing for the longest time is forgotten.
 */
#ifndef SENDING_COUNTS_H
#define SENDING_COUNTS_H

#include "sending/window.h"

enum { COUNTS_SETS = 1024, COUNTS_WAYS = 8 };

struct count {
	uint64_t key; /* 0: nobody's */
	int64_t used_at;
	struct window of[CONFIG_RATES_MAX]; /* a rate each, in their order */
};

/* Whose it is: what kind, and its name. */
struct count *counts_find(char kind, struct span name, int64_t now_at);
void counts_forget(void);

#endif
