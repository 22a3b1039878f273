/* auth/guesses.h - how many passwords one address may try.  Floor 3; auth role only.
 *
 * threats 3.23: fewer than two guesses a second from one source, an IPv4 address or an
 * IPv6 /64, and nobody is locked out by what others do elsewhere.  A source may be wrong
 * GUESSES_BURST times at once, then once in GUESSES_EACH_MS.
 */
#ifndef AUTH_GUESSES_H
#define AUTH_GUESSES_H

#include "base/err.h"
#include "base/span.h"

enum { GUESSES_BURST = 20, GUESSES_EACH_MS = 2000, GUESSES_SOURCES_MAX = 10000 };

/* client: address text, without port.  Counts a guess; ERR_LIMIT when there were too many.
 * An address that cannot be read is not counted. */
NODISCARD int guesses_begin(struct span client, int64_t now_at);
/* The guess was right: it is not counted. */
void guesses_right(struct span client);
void guesses_close(void);

#endif
