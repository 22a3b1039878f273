/* store/ledger/ledger.h - the SQL view of the journal: docs/guide/ledger.md.
 *
 * What the journal has synced is handed over in order and written a moment later, many
 * records in one transaction, which also stores the place in the journal up to where the
 * ledger knows it.  After a crash the journal is read from there.  Floor 2.
 */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "rt/fibre.h"
#include "store/journal/journal.h"
#include "store/ledger/sql.h"
#include "store/mailbox/box.h"

/* Records as the journal frames them, without the first one's content. */
struct ledger_item {
	struct list link;
	struct buf octets;
	size_t content_octets;      /* that are left out */
	struct journal_place place; /* of the first record; segment 0: a note, not in the journal */
	uint64_t end;               /* offset behind the last */
};
struct ledger_item *ledger_item_new(void); /* NULL: no memory */
void ledger_item_free(struct ledger_item *item);

/* Of the disk, with which the ledger goes on; else people are told. */
enum { LEDGER_NEED_BYTES = 8 << 20 };

/* Octets of messages that came alive in (or, negative, left) a segment. */
struct ledger_alive {
	uint64_t segment;
	int64_t octets;
};
struct ledger_hooks {
	/* After each transaction, on the loop: one a segment. */
	void (*alive)(const struct ledger_alive *a, void *arg);
	/* The message that it belongs to is not needed any more. */
	void (*blob_dead)(uint64_t blob, void *arg);
	void *arg;
};

/* What the ledger knew when it was opened. */
struct ledger_marks {
	struct journal_place applied;
	struct journal_place folded; /* up to here the files of mailboxes hold the journal */
	uint64_t last_id, last_seq;
	uint32_t last_account, last_mailbox, last_validity;
};

struct ledger;

/* Where a message is that is alive: `inline_bytes` of its content stand at the end of a record of
 * `octets`, the rest is the blob (0: nothing is).  refs: who needs it. */
struct ledger_place {
	struct journal_place at;
	uint64_t octets, inline_bytes, refs, blob;
};

/* Opens `path`, migrating it.  Blocks.  ERR_CONFIG, ERR_CORRUPT, ERR_NO_SPACE, ERR_IO. */
NODISCARD int ledger_open(const char *path, struct ledger **out, struct ledger_marks *marks);
/* Writes items and frees them; on error those that are left stay.  Blocks; before ledger_start
 * only.
 */
NODISCARD int ledger_apply(struct ledger *l, struct list *items);
/* As of the latest transaction.  Before ledger_start only. */
struct ledger_marks ledger_marks(const struct ledger *l);
/* How the ledger shares a disk with the journal: octets that are free there. */
struct ledger_room {
	uint64_t plenty; /* nobody waits */
	uint64_t least;  /* with less it may be behind, or was last seen to have that much, by */
	size_t ahead;    /* octets of records */
};
/* From now on a fibre writes what ledger_put brings. */
NODISCARD int ledger_start(struct ledger *l, const struct ledger_hooks *hooks,
                           const struct ledger_room *room);
/* Writes the rest, checkpoints and closes. */
WAITS void ledger_close(struct ledger *l);

/* Hands an item over.  Never waits, never fails. */
void ledger_put(struct ledger *l, struct ledger_item *item);
/* Before records are handed over, on a disk that is nearly full: waits until the ledger is not too
 * far behind, since what it makes of them takes room too.  ERR_NO_SPACE: it has none for more. */
NODISCARD WAITS int ledger_keep_up(struct ledger *l);
/* Whether there was the least of room when last looked. */
bool ledger_has_room(const struct ledger *l);
/* 0; or, when more than it may hold waits for a ledger that cannot be written, the reason. */
NODISCARD int ledger_backlog(const struct ledger *l);
/* Until everything handed over so far is written; the reason when that fails. */
NODISCARD WAITS int ledger_flush(struct ledger *l);
/* Whether all that the journal has before `end` is written. */
bool ledger_covers(const struct ledger *l, struct journal_place end);
/* Where a message is that was handed over and is not written yet, from memory: for when the ledger
 * cannot be written.  Looks at all of them.  ERR_NOT_FOUND. */
NODISCARD int ledger_unwritten(const struct ledger *l, uint64_t message, struct ledger_place *out);
/* Flushes, then makes durable what is written, also when the flush failed. */
NODISCARD WAITS int ledger_checkpoint(struct ledger *l);
/* What lies before is durable in the ledger, and in the files of mailboxes: the journal may forget
 * it. */
struct journal_place ledger_durable(const struct ledger *l);
/* What a fold wrote: the numbers of n mailboxes, and the place up to which all are in the files.
 * What they are called is in the ledger already: it is flushed before. */
struct ledger_folding {
	struct journal_place upto;
	const struct box_folded *boxes;
	size_t n;
};
NODISCARD WAITS int ledger_folded(struct ledger *l, const struct ledger_folding *f);
/* The same at once.  Blocks; before ledger_start only. */
NODISCARD int ledger_folded_now(struct ledger *l, const struct ledger_folding *f);
/* Numbers go on well above those that were given out: uids and the numbers of accounts, mailboxes
 * and UIDVALIDITYs by LEDGER_LEAP_NUMBERS, MODSEQs and changes by LEDGER_LEAP_COUNTERS.  One
 * transaction.  Blocks; before ledger_start only. */
enum { LEDGER_LEAP_NUMBERS = 1000000 };
#define LEDGER_LEAP_COUNTERS (UINT64_C(1) << 32)
static inline uint32_t ledger_leap(uint32_t number)
{
	return number > UINT32_MAX - LEDGER_LEAP_NUMBERS ? UINT32_MAX
	                                                 : number + LEDGER_LEAP_NUMBERS;
}
NODISCARD int ledger_leap_now(struct ledger *l);
/* Removes rows of finished messages accepted before `before_ms`, a few at a time. */
struct ledger_pruning {
	int64_t before_ms;
	uint64_t *segments; /* that the journal has, in rising order */
	size_t n_segments;
	bool more; /* out: there are others */
};
NODISCARD WAITS int ledger_prune(struct ledger *l, struct ledger_pruning *to);

/* Runs fn(db, arg) with one of a few reading connections, each on a thread of its own.  flush:
 * bring the ledger up to date before.  Some are kept free for the queue, so that whoever reads a
 * long history does not hold up deliveries. */
struct ledger_reader;
enum ledger_who { LEDGER_FOR_QUEUE, LEDGER_FOR_OTHERS };
NODISCARD WAITS int ledger_read(struct ledger *l, enum ledger_who who, bool flush,
                                int (*fn)(struct ledger_reader *, void *), void *arg);
/* The same at once.  Blocks; before ledger_start only. */
NODISCARD int ledger_read_now(struct ledger *l, int (*fn)(struct ledger_reader *, void *),
                              void *arg);

struct ledger_counts {
	uint64_t batches, records, skipped, checkpoints;
};
struct ledger_counts ledger_counts(const struct ledger *l);

#endif
