/* store/mailbox/box.h - the entries of mailboxes: in files, and what was not written to them yet.
 *
 * What is in the journal is applied here at once, in its order, live and at replay alike (redoing
 * what is known already changes nothing), and is written behind to the files in large folds.  A
 * mailbox's rows are in memory while it is used and the budget lasts; what waits for a fold always
 * is.  All functions are called on the loop, but those that say so.
 *
 * Numbers are given out, names kept and records written by who calls: it knows a mailbox's highest
 * UID and MODSEQ before this does.  A *place* is journal segment << 32 | offset / 8.
 *
 *   ERR_NOT_FOUND   no such UID
 *   ERR_DAMAGED     the mailbox's file is damaged or lost: box_config.damaged was told where
 *   ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY, ERR_LIMIT   nothing was changed
 */
#ifndef STORE_MAILBOX_BOX_H
#define STORE_MAILBOX_BOX_H

#include "base/arena.h"
#include "calls/mailbox.h"
#include "store/mailbox/row.h"

enum {
	BOX_ARRAYS_BYTES = 64 << 20,     /* rows in memory; one mailbox may exceed it alone */
	BOX_PENDING_BYTES = 16 << 20,    /* a fold is due: so much waits, */
	BOX_PENDING_RECORDS = 131072,    /* or so many records */
	BOX_CACHE_BYTES_MAX = 256 << 10, /* of one entry */
};

/* ---- all mailboxes ---- */

struct box_set;
struct box;

struct box_config {
	int dir;              /* `mail`, open; borrowed */
	size_t arrays_bytes;  /* 0: BOX_ARRAYS_BYTES */
	size_t pending_bytes; /* 0: BOX_PENDING_BYTES */
	/* Once a mailbox whose file is found to be damaged or lost: why.  NULL is permitted. */
	void (*damaged)(uint32_t mailbox, const char *why, void *arg);
	void *arg;
};
NODISCARD int box_set_open(const struct box_config *c, struct box_set **out);
/* What was not folded is forgotten: the journal has it.  No call may be under way.  NULL is
 * permitted. */
void box_set_close(struct box_set *s);

/* The numbers of what was applied.  The caller's database keeps them as each fold told them
 * (box_folded), unchanged, and gives them back at the next start. */
struct box_numbers {
	uint32_t uid_next;
	uint32_t exists, unseen, deleted;
	uint64_t modseq;
	uint64_t floor; /* what vanished at or below it is not known one by one */
	uint64_t octets;
	uint64_t file_octets; /* of its file, as far as it counts; 0: there is none yet */
	uint32_t serial;      /* of that file: each rewrite counts up */
};

/* A mailbox that exists; numbers NULL: a new one.  It costs about 150 octets.  account and mailbox:
 * numbers that are never used again.  ERR_EXISTS. */
NODISCARD int box_add(struct box_set *s, uint32_t account, uint32_t mailbox, uint32_t uid_validity,
                      const struct box_numbers *numbers, struct box **out);
/* NULL: no such mailbox. */
struct box *box_get(struct box_set *s, uint32_t mailbox);
/* It was deleted: the pointer means nothing any more.  Its file goes once the database knows
 * (box_folded_kept). */
void box_remove(struct box *b);
/* It has no mailboxes any more, and its number is not used again: its directory goes likewise. */
void box_remove_account(struct box_set *s, uint32_t account);
/* Removes the files of mailboxes and accounts that were not added: a crash left them.  The numbers:
 * the last ones that were given out. */
NODISCARD WAITS int box_sweep(struct box_set *s, uint32_t last_account, uint32_t last_mailbox);

uint32_t box_mailbox(const struct box *b);
uint32_t box_account(const struct box *b);
uint32_t box_uid_validity(const struct box *b);
/* Without a wait.  False: exists, unseen, deleted and octets are not known before box_load, since
 * flags changed while the rows were not in memory. */
bool box_numbers(const struct box *b, struct box_numbers *out);

/* Numbers go on from there, and MODSEQ so much higher: told before, and lost. */
void box_leap(struct box *b, uint32_t uid_next, uint64_t modseqs);

/* ---- changing: allocated before the commit, applied after the sync, which cannot fail ---- */

struct box_op;
/* New entries in rising order of uid.  caches: n, or NULL; an empty one: what the row says.  All is
 * copied. */
NODISCARD int box_op_rows(struct box *b, const struct box_row *rows, const struct span *caches,
                          size_t n, struct box_op **out);
/* Flags, or MAILBOX_GONE, in rising order of uid. */
NODISCARD int box_op_changes(struct box *b, const struct box_change *changes, size_t n,
                             struct box_op **out);
/* What was found out about an entry, which is of that message; its modseq stays. */
NODISCARD int box_op_cache(struct box *b, uint32_t uid, uint64_t message, struct span cache,
                           struct box_op **out);
/* The commit failed.  NULL is permitted. */
void box_op_free(struct box_op *op);
/* In the journal's order.  A row whose uid is below uid_next, a change whose modseq is not above
 * the row's, and any of a row that is gone are passed over.  Takes the op. */
void box_apply(struct box_op *op);

/* ---- reading: each loads the rows first unless they are there ---- */

/* The rows are in memory: until the caller waits for anything else. */
NODISCARD WAITS int box_load(struct box *b);

struct box_entry {
	struct box_row row;
	struct span cache; /* empty: unknown, or not asked for */
};
struct box_want {
	uint32_t first, last;   /* uids */
	uint64_t since;         /* modseq above it */
	uint64_t with, without; /* flags: all, none of these */
	size_t max;             /* entries, at least 1 */
	bool cache;
	size_t cache_bytes; /* at most so many octets of caches, but one entry; 0: no limit */
};
/* Entries in order of uid, without those that are gone; *done: the last of them. */
NODISCARD WAITS int box_page(struct box *b, const struct box_want *want, struct arena *mem,
                             struct box_entry **out, size_t *n, bool *done);
/* The caches of n entries of b, from its files or from what waits for a fold.  A copy within the
 * account carries the row's place, or when that is 0 these octets. */
NODISCARD WAITS int box_caches(struct box *b, struct box_entry *entries, size_t n,
                               struct arena *mem);
/* UIDs from `first` on as runs, at most max of them. */
NODISCARD WAITS int box_uids(struct box *b, uint32_t first, size_t max, struct arena *mem,
                             struct mailbox_run **out, size_t *n, bool *done);
/* Which of `known` (n_known 0: of all below uid_next) vanished after `since`; below the floor: all
 * of them that are not there.  The first `max` runs; *done: all of them. */
NODISCARD WAITS int box_vanished(struct box *b, uint64_t since, const struct mailbox_run *known,
                                 size_t n_known, size_t max, struct arena *mem,
                                 struct mailbox_run **out, size_t *n, bool *done);
/* ERR_NOT_FOUND too when it is gone. */
NODISCARD WAITS int box_find(struct box *b, uint32_t uid, struct box_row *out);

/* The entries of some UIDs (n 0: of all), one by one, without those that are gone.  Nothing may be
 * waited for, and nothing applied, before the last was looked at. */
struct box_walk {
	struct box *b;
	const struct mailbox_run *runs;
	size_t n, run, at;
};
NODISCARD WAITS int box_walk_begin(struct box_walk *w, struct box *b,
                                   const struct mailbox_run *runs, size_t n);
/* NULL: there are no more. */
const struct box_row *box_walk_next(struct box_walk *w);

/* ---- one that is damaged ---- */

/* Reads its file anew, without what waits for a fold, and shows fn each entry, on another thread.
 * ERR_DAMAGED; *fn may have seen nothing then. */
typedef void box_row_fn(const struct box_row *row, void *arg);
NODISCARD WAITS int box_check(struct box *b, box_row_fn *fn, void *arg);

/* What is left of its files, or is in memory: in rising order of uid, on the heap. */
struct box_left_row {
	struct box_row row;
	bool sure; /* as it was written; else what is not its message may be wrong */
};
struct box_left {
	struct box_left_row *rows;
	size_t n;
	bool whole; /* nothing was passed over, so the flags are the latest */
};
/* knows: is that a message which may be in it?  On another thread. */
typedef bool box_knows_fn(uint64_t message, void *arg);
NODISCARD WAITS int box_left(struct box *b, box_knows_fn *knows, void *arg, struct box_left *out);

/* ---- folding: one at a time ---- */

/* Enough waits for a fold. */
bool box_fold_due(const struct box_set *s);
/* Writes all that was applied to the files, on a thread of its own, and syncs them; place: of the
 * latest record that was applied.  Reading and applying go on.  0: it is in the files as soon as
 * the database keeps what box_folded says.  An error: what was not synced waits for the next one.
 */
NODISCARD WAITS int box_fold(struct box_set *s, uint64_t place);
/* The same before there is a loop; blocks. */
NODISCARD int box_fold_blocking(struct box_set *s, uint64_t place);

struct box_folded {
	uint32_t mailbox;
	struct box_numbers numbers; /* at that place */
};
/* Of the mailboxes that folds wrote since the last box_folded_kept, in their order: a mailbox may
 * come twice, the later one counts.  Valid until the next fold. */
size_t box_folded(const struct box_set *s, const struct box_folded **out);
/* The database has them, and the place. */
void box_folded_kept(struct box_set *s);

/* ---- is all as it was written? ---- */

#define BOX_REBUILD "postrider mailbox rebuild" /* what helps, with the account's name */

struct box_known {
	uint32_t mailbox, account, uid_validity;
	struct span path, account_name; /* what people call them */
	struct box_numbers numbers;     /* as the database has them */
};
/* Reads each file below `dir`, tells each fault as a line (known: in rising order of mailbox), and
 * changes nothing.  Blocks.  *faults is their number. */
NODISCARD int box_verify(int dir, const struct box_known *known, size_t n,
                         void (*tell)(const char *line, void *arg), void *arg, uint64_t *faults);

#endif
