/* queue/state/commit.h - a message becomes ours: committed, and its remote recipients scheduled. */
#ifndef QUEUE_STATE_COMMIT_H
#define QUEUE_STATE_COMMIT_H

#include "queue/state/state.h"

/* store_commit, and the first attempts of m's remote
 * recipients at once from memory, but of those about whom a change with message 0 says what becomes
 * of them.  m was checked.  id_text: as of store_commit.  What store_commit returns. */
NODISCARD WAITS int commit_message(struct queue *q, struct record_message *m, char *id_text,
                                   struct record_change *changes, size_t n_changes,
                                   struct arena *mem);
/* Is that message being committed here, and will be scheduled by whoever commits it? */
bool commit_is_under_way(const struct queue *q, uint64_t message);

#endif
