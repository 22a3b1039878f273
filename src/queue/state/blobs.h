/* queue/state/blobs.h - the blobs that other roles are filling.
 *
 * A role may only write, abort or commit what is listed here: a number of another message's blob,
 * or of one that was committed, is refused.  Abandoned ones are taken back when a new one is begun.
 */
#ifndef QUEUE_STATE_BLOBS_H
#define QUEUE_STATE_BLOBS_H

#include "base/list.h"
#include "base/map.h"
#include "store/store.h"

/* One limit for the whole server, whoever asks.  What one command has beside its first (an APPEND
 * of many messages) is a part of it, so that a few accounts leave others' mail its place. */
enum { BLOBS_MAX = 12000, BLOBS_FURTHER_MAX = 4000 };

struct blob {
	uint64_t number;
	int64_t used_at;
	bool busy; /* a call uses it */
	bool further;
	struct list link;
};

struct blobs {
	struct map all;      /* by number */
	struct list by_use;  /* the longest unused first */
	size_t n, n_further; /* those that are being made included */
	size_t most, most_further;
};

void blobs_init(struct blobs *b);
/* Only forgets: the store drops files that no message refers to when it starts. */
void blobs_fini(struct blobs *b);

/* Begins one, busy.  ERR_LIMIT, and what store_blob_begin returns. */
NODISCARD WAITS int blobs_begin(struct blobs *b, struct store *sp, bool further, struct blob **out);
/* Makes it busy.  ERR_NOT_FOUND: not one that is being filled, or busy already. */
NODISCARD int blobs_take(struct blobs *b, uint64_t number, struct blob **out);
/* Not busy any more. */
void blobs_put(struct blobs *b, struct blob *blob);
/* Not to be filled any more: aborted, or part of a message. */
void blobs_forget(struct blobs *b, struct blob *blob);

#endif
