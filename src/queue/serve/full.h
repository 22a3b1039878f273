/* queue/serve/full.h - recipients whose mailboxes are full.
 *
 * RFC 5321 4.2 (552, 452); RFC 3463 3.3 (X.2.2).  Floor: as serve.
 */
#ifndef QUEUE_SERVE_FULL_H
#define QUEUE_SERVE_FULL_H

#include "calls/queue.h"
#include "queue/state/state.h"

/* Looks for room for m, of that many octets, in the account of each recipient that has one.
 * each: who has none is refused alone: has no account any more, and a verdict in *out behind the
 * given ones, in mem.  Otherwise one reply is for all of them: an account that still has some room
 * takes one message more, so that it does not stand in the others' way.
 * ERR_QUOTA: nobody gets it.  ERR_NO_MEMORY. */
struct full_case {
	uint64_t octets;
	bool each;
	const struct queue_verdict *verdicts; /* given */
	size_t n_verdicts;
};
NODISCARD int full_settle(const struct queue *q, const struct full_case *c,
                          struct record_message *m, struct arena *mem, struct queue_verdict **out,
                          size_t *n);

#endif
