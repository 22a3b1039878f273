/* wire/message/search/match.h - whether text that comes in pieces holds a string.
 *
 * Folded (fold.h) UTF-8, Knuth-Morris-Pratt: each octet once, whatever the needle, and a match may
 * lie across pieces.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_SEARCH_MATCH_H
#define WIRE_MESSAGE_SEARCH_MATCH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

enum { MESSAGE_NEEDLE_BYTES_MAX = 1024 };

/* What is looked for; shared by all who look for it. */
struct message_needle {
	struct span folded;
	const uint16_t *fail; /* how much of it still matches after a mismatch */
};

/* A place in one text. */
struct message_match {
	const struct message_needle *needle;
	unsigned at;
	bool found; /* stays; true at once for an empty needle */
};

/* text: UTF-8.  0, ERR_TOO_LONG, ERR_SYNTAX (not UTF-8), ERR_NO_MEMORY. */
NODISCARD int message_needle_make(struct span text, struct arena *mem, struct message_needle *out);

void message_match_begin(struct message_match *m, const struct message_needle *needle);
/* folded: what message_fold_put() gave.  Returns m->found. */
bool message_match_put(struct message_match *m, struct span folded);

#endif
