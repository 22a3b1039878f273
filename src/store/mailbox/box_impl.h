/* store/mailbox/box_impl.h - what the files of store/mailbox share. */
#ifndef STORE_MAILBOX_BOX_IMPL_H
#define STORE_MAILBOX_BOX_IMPL_H

#include "base/list.h"
#include "base/map.h"
#include "rt/fibre.h"
#include "store/mailbox/array.h"
#include "store/mailbox/box.h"
#include "store/mailbox/idx_file.h"

/* All of the loop's; folds and loads work on what they were handed. */
struct box_account {
	uint32_t account;
	uint32_t generation; /* of the envelope file that is written to; 0: not looked up yet */
	bool renew;          /* half of that file is dead */
	struct list boxes;
};

/* Rows in memory. */
struct box_loaded {
	struct box_array array;
	struct list recent; /* in set->loaded, the latest first */
	struct box *b;
	size_t octets; /* that the budget counts */
};

struct box {
	struct box_set *set;
	struct box_account *account;
	uint32_t mailbox, uid_validity;
	struct box_numbers numbers;
	bool summed;  /* its sums are known */
	bool removed; /* freed with the last reference */
	bool loading;
	bool checked;   /* its file was as expected */
	bool damaged;   /* it was not, and that was told */
	unsigned refs;  /* loads and folds under way */
	unsigned folds; /* that ended, ever */
	struct box_loaded *loaded;
	struct list ops;          /* not folded, in order */
	struct box_item *folding; /* what a fold is writing of it */
	struct list in_account, in_pending;
};

enum box_op_kind { BOX_OP_ROWS, BOX_OP_CHANGES, BOX_OP_CACHE };
struct box_op {
	struct list link;
	struct box *b;
	enum box_op_kind kind;
	size_t octets; /* of memory */
	size_t n;
	uint32_t uid, last; /* CACHE: one; ROWS that were applied: the first and the last */
	uint64_t message;   /* CACHE: whose */
	struct box_row *rows;
	struct box_change *changes;
	struct span *caches; /* n, or NULL; CACHE: one */
};

struct box_set {
	struct box_config c;
	struct worker *thread;
	struct map boxes, accounts;
	struct list loaded; /* struct box_loaded */
	size_t loaded_octets;
	struct cond load_ended;
	struct list pending; /* boxes with ops */
	size_t pending_octets, pending_records;
	struct box_fold *fold; /* under way */
	struct box_folded *folded;
	size_t n_folded, folded_room;
	struct list doomed; /* struct box_doomed */
};

#define BOX_DOOM_ALL UINT32_MAX

/* A file to be removed once the database knows. */
struct box_doomed {
	struct list link;
	uint32_t account;
	uint32_t mailbox;    /* its index file; 0: */
	uint32_t generation; /* envelope files below it; BOX_DOOM_ALL: and the directory */
	unsigned folds;      /* that must be kept before */
};
NODISCARD int box_doom(struct box_set *s, uint32_t account, uint32_t mailbox, uint32_t generation,
                       unsigned folds);

void box_unref(struct box *b);
/* Its file is damaged or lost, which is told once. */
void box_damaged(struct box *b, const char *why);
struct idx_expect box_expect(const struct box *b);

/* box_op.c: to the rows, if they are in memory; ERR_NO_MEMORY. */
NODISCARD int box_op_to_array(const struct box_op *op, struct box_array *a);
void box_ops_free(struct box_set *s, struct list *ops);
/* The octets that wait for this entry's cache, or empty. */
void box_op_caches(const struct list *ops, struct box_entry *entries, size_t n);

/* box_load.c */
void box_unload(struct box *b);
/* The rows grew. */
void box_loaded_resized(struct box *b);

/* box_caches.c: of the first *got entries, as many as `octets` hold, but one; 0: all. */
NODISCARD WAITS int box_caches_some(struct box *b, struct box_entry *entries, size_t n,
                                    size_t octets, struct arena *mem, size_t *got);

/* fold.c: what a fold is writing of the box, or NULL. */
struct list *box_folding_ops(const struct box *b);
/* The folds' thread is there. */
NODISCARD int box_thread(struct box_set *s);

#endif
