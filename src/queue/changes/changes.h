/* queue/changes/changes.h - the latest changes in memory, and who waits for the next.
 *
 * Bounded in records and in octets; older ones are in the ledger.  Each record is kept
 * packed, one allocation each.
 */
#ifndef QUEUE_CHANGES_H
#define QUEUE_CHANGES_H

#include "calls/queue.h"

enum { CHANGES_FOLLOWERS_MAX = 1024 };

struct changes_slot {
	uint64_t seq, message;
	char *octets; /* a packed record */
	size_t n;
};

struct changes {
	struct changes_slot *slots; /* a ring */
	size_t room, first, n;
	size_t octets, octets_max;
	uint64_t from_seq; /* every record with this seq or a later one is here */
	uint64_t last_seq; /* of the latest record, here or not */
	struct list followers;
	size_t n_followers;
	struct buf scratch;
};

/* last_seq: of the latest record before.  ERR_NO_MEMORY. */
NODISCARD int changes_init(struct changes *c, size_t records_max, size_t octets_max,
                           uint64_t last_seq);
/* No follower is left. */
void changes_fini(struct changes *c);

/* Keeps a copy and wakes those who wait for it.  seq rises. */
void changes_add(struct changes *c, const struct record_change *f);
/* Up to max records with seq > after (message 0: of any), and no more than fit one reply;
 * after >= from_seq - 1.  out->seq is where to go on: records before it were looked at.
 * ERR_NO_MEMORY. */
NODISCARD int changes_get(const struct changes *c, uint64_t after, uint64_t message, size_t max,
                          struct arena *mem, struct queue_changes_reply *out);
/* Until a record of that message (0: any) comes, until_at, or changes_wake_all.  0, ERR_TIMEOUT,
 * ERR_CANCELLED; ERR_LIMIT with CHANGES_FOLLOWERS_MAX waiting. */
NODISCARD WAITS int changes_wait(struct changes *c, uint64_t message, int64_t until_at);
void changes_wake_all(struct changes *c);

#endif
