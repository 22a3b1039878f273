/* queue/events.h - the latest feedback records in memory, and who waits for the next.
 *
 * Bounded in records and in octets; older ones are in the ledger.  Each record is kept
 * packed, one allocation each.
 */
#ifndef QUEUE_EVENTS_H
#define QUEUE_EVENTS_H

#include "queue/calls.h"

enum { EVENTS_FOLLOWERS_MAX = 1024 };

struct events_slot {
	uint64_t seq, message;
	char *octets; /* a packed record */
	size_t n;
};

struct events {
	struct events_slot *slots; /* a ring */
	size_t room, first, n;
	size_t octets, octets_max;
	uint64_t from_seq; /* every record with this seq or a later one is here */
	uint64_t last_seq; /* of the latest record, here or not */
	struct list followers;
	size_t n_followers;
	struct buf scratch;
};

/* last_seq: of the latest record before.  ERR_NO_MEMORY. */
NODISCARD int events_init(struct events *ev, size_t records_max, size_t octets_max,
                          uint64_t last_seq);
/* No follower is left. */
void events_fini(struct events *ev);

/* Keeps a copy and wakes those who wait for it.  seq rises. */
void events_add(struct events *ev, const struct record_feedback *f);
/* Up to max records with seq > after (message 0: of any), and no more than fit one reply;
 * after >= from_seq - 1.  out->seq is where to go on: records before it were looked at.
 * ERR_NO_MEMORY. */
NODISCARD int events_get(const struct events *ev, uint64_t after, uint64_t message, size_t max,
                         struct arena *mem, struct queue_feedback_reply *out);
/* Until a record of that message (0: any) comes, until_at, or events_wake_all.  0, ERR_TIMEOUT,
 * ERR_CANCELLED; ERR_LIMIT with EVENTS_FOLLOWERS_MAX waiting. */
NODISCARD WAITS int events_wait(struct events *ev, uint64_t message, int64_t until_at);
void events_wake_all(struct events *ev);

#endif
