/* queue/accept.h - a message becomes ours: committed, and its remote recipients scheduled. */
#ifndef QUEUE_ACCEPT_H
#define QUEUE_ACCEPT_H

#include "queue/state.h"

/* spool_commit, and the first attempts of m's remote recipients at once from memory
 * (hold: they wait in state held).  m was checked.  What spool_commit returns. */
NODISCARD WAITS int accept_message(struct queue *q, struct record_message *m,
                                   struct record_feedback *changes, size_t n_changes, bool hold,
                                   struct arena *mem);
/* Is that message being committed by accept_message, which will schedule it by itself? */
bool accept_is_under_way(const struct queue *q, uint64_t message);

#endif
