/* auth/exchanges.h - the exchanges of SCRAM that were begun: each is good for one proof.  Floor 3;
 * auth role only, in memory, one thread.
 *
 * A nonce goes out with the salt (RFC 5802 5.1) and comes back at the end of what the client has
 * proven, so who listens to strangers cannot bring a proof twice, nor by another protocol than the
 * client spoke.  A table of EXCHANGES_SETS sets of EXCHANGES_WAYS places; the nonce's first octets
 * choose the set, and in a full one the oldest makes way: some ten thousand exchanges can be under
 * way at once.
 */
#ifndef AUTH_EXCHANGES_H
#define AUTH_EXCHANGES_H

#include "base/span.h"

enum {
	EXCHANGES_NONCE_BYTES = 18,
	EXCHANGES_MS = 2 * 60 * 1000, /* longer than a client has to log in */
	EXCHANGES_SETS = 1024,
	EXCHANGES_WAYS = 16,
};

/* protocol: enum ticket_protocol, not 0. */
void exchanges_begin(uint8_t protocol, int64_t now_at, uint8_t nonce[EXCHANGES_NONCE_BYTES]);
/* It was begun by that protocol, lately, and ends only now. */
bool exchanges_end(struct span nonce, uint8_t protocol, int64_t now_at);
void exchanges_close(void);

#endif
