/* queue/state/state.h - what the queue's files share.  Not for other folders. */
#ifndef QUEUE_STATE_H
#define QUEUE_STATE_H

#include "queue/changes/changes.h"
#include "queue/schedule/schedule.h"
#include "queue/state/blobs.h"
#include "queue/state/hop.h"
#include "rt/loop.h"
#include "store/store.h"

struct queue {
	const struct settings *set;
	struct store *store;
	struct retry_rule rule;
	struct arena mem; /* of what the settings say: as long as the queue */
	struct hop_routes routes;
	struct schedule schedule;
	struct store_follower follower;
	struct changes changes;
	uint64_t started_seq; /* the latest change when it was opened */
	struct blobs blobs;
	struct list accepting; /* messages whose commit is under way: commit.h */
	struct nursery fibres; /* attempts and the loader */
	size_t n_attempts;
	struct cond turn;        /* the dispatcher waits here, */
	bool kicked;             /* unless it was called meanwhile */
	int64_t paused_until_at; /* the courier is down */
	struct cond wanted;      /* the loader waits here */
	bool paging;             /* page.h */
	struct cond page_free;
	struct list orders;      /* for after attempts that are under way: order_wait.c */
	struct loop_timer timer; /* the next thing due */
	bool closing;
	int64_t started_ms, started_at; /* the wall clock and ours, when it was opened */
	size_t n_calls;                 /* of other roles, under way */
	struct fibre *closer;           /* waits for the last of them */
};

/* Who holds and releases by the setting delivery.hold, as changes tell it. */
#define QUEUE_BY_SETTING "delivery.hold"

/* The process's queue; NULL when there is none. */
extern struct queue *queue_here;

/* The queue for the length of a call; NULL (and ERR_UNAVAILABLE noted) without one:
 *	AUTO(queue_leave) struct queue *q = queue_enter(); */
struct queue *queue_enter(void);
void queue_leave(struct queue **q);

/* Something may have become due, or a place free: the dispatcher looks at its next turn. */
void queue_kick(struct queue *q);
/* Nothing is started for a while: the courier is not there. */
void queue_pause(struct queue *q, int64_t ms);
struct retry_clock queue_clock(const struct queue *q);
/* A wall-clock time of the ledger as one of the monotonic clock, at most the longest retry
 * wait away: a clock that was set back must not stop the mail. */
int64_t queue_at(const struct queue *q, int64_t time_ms);

#endif
