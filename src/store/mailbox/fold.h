/* store/mailbox/fold.h - one fold: what it was handed, and what came of it.
 *
 * fold.c begins and ends it on the loop; the rest works on a thread of its own, and looks at
 * nothing of a box but what is here.
 */
#ifndef STORE_MAILBOX_FOLD_H
#define STORE_MAILBOX_FOLD_H

#include "store/mailbox/box_impl.h"
#include "store/mailbox/env_file.h"

enum {
	FOLD_SLACK_BYTES = 64 << 10, /* a file is rewritten when it is twice its rows and this */
	FOLD_RENEW_BYTES = 1 << 20,  /* an envelope file below it is never renewed */
};

enum fold_outcome {
	FOLD_FAILED,    /* all is as before */
	FOLD_WRITTEN,   /* counts once all is synced */
	FOLD_REWRITTEN, /* is synced, and has the name */
};

/* A mailbox. */
struct box_item {
	struct box *b; /* the loop's */
	struct list ops;
	struct idx_expect expect;
	struct box_numbers numbers; /* with the ops; in the end those of its file too */
	bool summed;
	bool checked; /* the file is as expected */
	bool renew;
	bool lost;   /* its file is, and it has another one */
	bool reread; /* the numbers are those of what was read, which knew more than the database */
	enum fold_outcome outcome;
	struct idx_cache *placed; /* caches that are in the envelope file now */
	size_t n_placed;
};

/* The mailboxes of one account. */
struct fold_account {
	struct box_account *account; /* the loop's */
	uint32_t number;
	uint32_t generation; /* 0: not known */
	bool renew;          /* into the next generation */
	uint64_t live;       /* entries of all its mailboxes */
	bool half_dead;      /* it is to be renewed */
	size_t first, n;     /* items */
};

struct box_fold {
	int dir;
	uint64_t place;
	struct box_item *items; /* by account */
	size_t n_items;
	struct fold_account *accounts;
	size_t n_accounts;
	struct list doomed; /* files to be removed */
};

/* fold_run.c.  Blocks. */
NODISCARD int box_fold_run(struct box_fold *f);

/* ---- fold_delta.c: many ops as few ---- */

/* rows rise in uid, with all that happened to them since; changes and caches are of older ones. */
struct fold_delta {
	struct box_row *rows;
	struct span *row_caches; /* n_rows */
	size_t n_rows;
	struct box_change *changes; /* one a uid, rising */
	size_t n_changes;
	struct idx_cache *caches; /* in order; what they say: */
	struct env_record *cache_records;
	size_t n_caches;
};
NODISCARD int fold_delta_make(const struct list *ops, struct arena *mem, struct fold_delta *out);
NODISCARD int fold_delta_apply(const struct fold_delta *d, struct box_array *a);

/* ---- fold_file.c ---- */

struct fold_writing {
	struct box_fold *f;
	int dir; /* of the account */
	struct env_writer env;
	struct env_reader old; /* envelopes of earlier generations */
	struct arena mem;
};
NODISCARD int fold_item(struct fold_writing *w, struct box_item *item);

/* ---- fold_base.c ---- */

/* A new file with all rows of `a` that are not gone; it takes the place of the old one, whose
 * header is `old`. */
NODISCARD int fold_rewrite(struct fold_writing *w, struct box_item *item, struct box_array *a,
                           const struct idx_header *old);

#endif
