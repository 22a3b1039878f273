/* store/mail/effect.h - what a group on its way to the journal does to mailboxes.
 *
 * Everything that it needs is allocated before the commit; behind it the effects are applied in the
 * journal's order, or taken back.
 */
#ifndef STORE_MAIL_EFFECT_H
#define STORE_MAIL_EFFECT_H

#include "calls/mailbox_records.h"
#include "store/store_impl.h"

struct mail_effect {
	struct mail_effect *next;
	struct mailbox *mailbox;
	struct box_op *op; /* NULL: none, or applied */
	uint64_t modseq;
	int64_t messages, octets;       /* more in use of the account: counted when it was made */
	struct mailbox_change *changes; /* to be told */
	size_t n_changes;
};

/* On op->mem, behind those that are there; its account's use is counted. */
NODISCARD int mail_effect_add(struct store_op *op, const struct mail_effect *e);
/* The group is durable. */
void mail_effects_apply(struct store_op *op);
/* What was not applied is taken back. */
void mail_effects_drop(struct store_op *op);

/* New entries, in rising order of uid; with their record unless it is a delivery's. */
NODISCARD int mail_rows(struct store_op *op, struct mailbox *m, uint64_t modseq,
                        const struct box_row *rows, const struct span *caches, size_t n,
                        bool record);
/* Changes of entries, and what they mean for the account's use. */
NODISCARD int mail_changes(struct store_op *op, struct mailbox *m, uint64_t modseq,
                           const struct box_change *changes, size_t n, int64_t messages,
                           int64_t octets);
/* A record of a name, with a modseq of its own. */
NODISCARD int mail_name_record(struct store_op *op, struct account *a, struct record_mailbox *b);
/* A group of what changes entries: numbers are given out, and it is committed, between the two. */
NODISCARD WAITS int mail_op_begin(struct store_op *op, struct store *sp);
void mail_op_end(struct store_op *op);
/* A commit that may use the room that is kept for results. */
NODISCARD WAITS int mail_commit(struct store_op *op);

/* Before the first fibre: all that was applied goes to the files.  Blocks. */
NODISCARD int mail_fold_now(struct store *sp, struct journal_place upto);

/* One at a time changes what it looked at before. */
NODISCARD WAITS int mail_change_begin(struct mailbox *m);
void mail_change_end(struct mailbox *m);

/* Of the entries that m's recipients with an account get: numbers, items, effects. m is the packed
 * copy; nothing is waited for. */
NODISCARD int mail_deliver(struct store_op *op, struct record_message *m);

#endif
