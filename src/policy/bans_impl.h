/* policy/bans_impl.h - the table of sources, for who counts and who keeps it. */
#ifndef POLICY_BANS_IMPL_H
#define POLICY_BANS_IMPL_H

#include "policy/bans.h"
#include "policy/limits.h"

enum {
	BANS_ROWS = 1024,
	BANS_OF_ROW = 4,
	BANS_ALL = BANS_ROWS * BANS_OF_ROW,
	BANS_WHY_BYTES = 160
};

struct ban {
	char source[LIMITS_SOURCE_BYTES];
	char address[ADDRESS_TEXT_BYTES]; /* as it came last; "": nobody's row */
	bool changed;                     /* and not kept yet */
	uint32_t debt, n[BANS_HARMS], n_turned_away;
	int64_t debt_at; /* debt is as of then */
	int64_t good_until_at, shut_until_at;
	char why[BANS_WHY_BYTES]; /* while it is shut out */
};

extern struct ban bans[BANS_ROWS][BANS_OF_ROW];

/* The source's row; NULL: there is none, and none is made. */
struct ban *bans_find(const struct address *source, bool make);
/* It is kept soon. */
void bans_changed(struct ban *b);

#endif
