/* auth/guesses.h - how many wrong passwords a source and an account may see.  Floor 3; auth
 * role only, in memory, one thread.
 *
 * threats 3.23: fewer than two guesses a second a source and an account, and no lock-out of
 * the owner from elsewhere.  Two debts grow by GUESSES_EACH_MS a guess and are paid off by time,
 * so that each permits GUESSES_BURST guesses at once and then one in GUESSES_EACH_MS:
 *
 *   of the source   an IPv4 address or an IPv6 /64: all its guesses, at any account
 *   of the account  guesses from all sources at which it is not at home
 *
 * An account is at home where its right password was given in the last GUESSES_HOME_MS: there
 * its debt neither grows nor counts.  Whether an account exists is not asked, so both kinds
 * meet the same limit (threats 3.22).
 *
 * Each table has GUESSES_SETS sets of GUESSES_WAYS places; a keyed hash chooses the set, and in a
 * full one what ends first makes way: what is paid off, then the smallest debt; the home that
 * has been left for longest.  The guess at hand is always counted.  All homes of an account are
 * in one set, so that an account with very many can crowd out only its few neighbours.
 */
#ifndef AUTH_GUESSES_H
#define AUTH_GUESSES_H

#include "base/err.h"
#include "base/span.h"

enum { GUESSES_BURST = 20, GUESSES_EACH_MS = 2000, GUESSES_SETS = 1024, GUESSES_WAYS = 64 };
#define GUESSES_HOME_MS ((int64_t)30 * 24 * 3600 * 1000)

/* One guess under way. */
struct guess {
	uint64_t source, account, home;
	int64_t begun_at;
	bool at_home;
};

/* Counts a guess as wrong.  client: address text, without port; what cannot be read as one is
 * a source of its own.  account: as it is compared, in lower case; need not exist.
 * ERR_LIMIT, and nothing counted: there were too many. */
NODISCARD int guesses_begin(struct span client, struct span account, int64_t now_at,
                            struct guess *out);
/* It was right: takes back what was counted, and the account is at home there. */
void guesses_right(const struct guess *g);
void guesses_close(void);

#endif
