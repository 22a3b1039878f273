/* policy/debts.h - the price of errors, by source, over reconnects.  Floor 4.
 *
 * A source is an IPv4 address or an IPv6 /64.  Each error of it costs a time (smtp.error_delay);
 * smtp.errors_soft of them are free, and each is forgiven once its time has passed.  What comes
 * faster is answered later: a source that guesses addresses learns one in each such time, on one
 * connection as on fifty, or by connecting anew each time (threats 3.22).
 *
 * A table of fixed size; when it is full, who owes least is forgotten.  The time is passed in.
 */
#ifndef POLICY_DEBTS_H
#define POLICY_DEBTS_H

#include "policy/limits.h"

enum {
	DEBTS_ROWS = 1024,
	DEBTS_OF_ROW = 4,
	DEBTS_WAIT_MAX = 60 * 1000, /* ms; no debt grows past what makes an answer wait so long */
};

struct debt {
	char source[LIMITS_SOURCE_BYTES];
	int64_t paid_at; /* all is forgiven then; 0: nobody's */
};

struct debts {
	struct debt rows[DEBTS_ROWS][DEBTS_OF_ROW];
};

/* Notes an error at now_at; returns for how many ms its answer has to wait. */
int64_t debts_add(struct debts *d, const struct settings *set, const struct address *source,
                  int64_t now_at);

#endif
