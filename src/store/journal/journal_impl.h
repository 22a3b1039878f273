/* store/journal/journal_impl.h - what journal.c, journal_batch.c and journal_next.c share. */
#ifndef STORE_JOURNAL_IMPL_H
#define STORE_JOURNAL_IMPL_H

#include "rt/worker.h"
#include "store/journal/journal.h"

enum {
	JOURNAL_BATCH_BYTES = 8 << 20, /* so that a batch's sync stays short */
	JOURNAL_BATCH_GROUPS = 4096,
};

struct journal {
	struct journal_config c;
	struct worker *thread; /* writes and syncs batches */
	struct journal_counts counts;
	int fd;                      /* of the segment being written, -1: none */
	uint64_t number;             /* of the segment being written */
	uint64_t offset;             /* where the next batch goes */
	bool roomy;                  /* when it was made, the room was there that is kept free */
	struct journal_place sealed; /* end of the latest segment that was given up or filled */
	bool sealed_failed;          /* it was given up */

	struct list pending; /* groups, in order */
	struct cond work;    /* something is pending, or stopping */
	bool committing;
	bool stopping;
	char why[ERR_DETAIL_BYTES]; /* the latest failure, for those who waited */

	int next_fd;        /* the next segment, ready to be written; -1: none */
	uint64_t next_made; /* its number */
	bool next_roomy;
	bool preparing;
	struct cond prepared;
	struct nursery fibres;
};

/* Writes the groups in `batch` at j->offset and syncs; sets each one's place.  Nothing of j
 * changes but the counts.  *end: where the log goes on. */
NODISCARD WAITS int journal_batch_write(struct journal *j, struct list *batch, uint64_t *end);

/* Makes the next segment the one being written, its OPEN record synced.  On error there is none. */
NODISCARD WAITS int journal_next(struct journal *j);
/* Prepares the next segment, unless that is done.  room: octets of the disk that must be left free.
 */
NODISCARD WAITS int journal_next_make(struct journal *j, uint64_t room);
/* Starts to prepare the next segment, unless that is done or under way. */
void journal_next_prepare(struct journal *j);
/* Keeps an unused next segment as a spare. */
WAITS void journal_next_close(struct journal *j);

#endif
