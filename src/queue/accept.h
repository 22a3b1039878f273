/* queue/accept.h - a message becomes ours: committed, and its remote recipients scheduled. */
#ifndef QUEUE_ACCEPT_H
#define QUEUE_ACCEPT_H

#include "queue/state.h"

/* spool_commit, and the first attempts of m's remote recipients at once from memory.  m was
 * checked.  What spool_commit returns. */
NODISCARD WAITS int accept_message(struct queue *q, struct record_message *m,
                                   struct record_feedback *changes, size_t n_changes,
                                   struct arena *mem);
/* As accept_message, but the remote recipients wait in state held. */
NODISCARD WAITS int accept_held(struct queue *q, struct record_message *m, struct arena *mem);
/* Is that message being committed here, and will be scheduled by whoever commits it? */
bool accept_is_under_way(const struct queue *q, uint64_t message);

#endif
