/* auth/guesses.h - how many wrong passwords somebody may give.  Floor 3; auth role only, in
 * memory, one thread.
 *
 * threats 3.23.  A debt grows by GUESSES_EACH_MS with each wrong password and is paid off by time:
 * it permits GUESSES_BURST of them at once and then one in GUESSES_EACH_MS.  Attempts under way are
 * no failures: a debt is written down when the password was wrong.
 *
 * Whose debt it is, the key says: a network's, or an account's in a network where it is at home, so
 * that neither answers for the other.  Whether the account exists is not asked (threats 3.22).
 *
 * A table of GUESSES_SETS sets of GUESSES_WAYS places: the key, a keyed hash, chooses the set, and
 * in a full one the smallest debt makes way.
 */
#ifndef AUTH_GUESSES_H
#define AUTH_GUESSES_H

#include <stdbool.h>
#include <stdint.h>

enum { GUESSES_BURST = 20, GUESSES_EACH_MS = 2000, GUESSES_SETS = 1024, GUESSES_WAYS = 64 };

/* No more for now. */
bool guesses_exhausted(uint64_t key, int64_t now_at);
/* One more was wrong. */
void guesses_wrong(uint64_t key, int64_t now_at);
void guesses_close(void);

#endif
