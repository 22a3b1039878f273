/* controld/quarantined.h - where mail lies that the defence has put into quarantine.
 *
 * For one here: the mailbox of that role of his account.  For one elsewhere: the queue, in which he
 * is held, and nobody but the defence holds him.  MESSAGE.RECIPIENT names it in either place.
 */
#ifndef CONTROLD_QUARANTINED_H
#define CONTROLD_QUARANTINED_H

#include "calls/mailbox.h"
#include "calls/queue.h"

/* Where one lies in the order of all: those of the queue first (mailbox 0), then by mailbox. */
struct quarantined_place {
	struct queue_place held;
	uint32_t mailbox, uid;
};

/* All that applies.  account: in its mailbox; empty: anywhere.  message 0: any.  recipient -1: any.
 * after: behind it; NULL: from the first.  limit: at most so many; 0: all. */
struct quarantined_which {
	struct span account;
	uint64_t message;
	int64_t recipient;
	const struct quarantined_place *after;
	int64_t limit;
};

/* account empty: it is held in the queue; else ticket, mailbox and uid lead to it.  known: what
 * is known of the message; NULL: nothing, so that somebody has put it there by himself. */
struct quarantined {
	uint64_t message;
	uint32_t recipient;
	int64_t since_ms;
	struct span account, address;
	struct span ticket;
	uint32_t mailbox, uid;
	struct queue_place held;
	const struct queue_status_reply *known;
};

/* Called for each; it may take this one away.  mem lives until it returns. */
typedef int quarantined_fn(const struct quarantined *q, struct arena *mem, void *arg);
/* ERR_NOT_FOUND: no such account.  What fn returned, when that was negative.  The number of those
 * that it was called for; *more: there are others behind them. */
struct controld_session;
NODISCARD WAITS int quarantined_each(struct controld_session *s,
                                     const struct quarantined_which *which, quarantined_fn *fn,
                                     void *arg, bool *more);

#endif
