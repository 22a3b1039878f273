/* store/mail/expunge.h - the record of entries that go. */
#ifndef STORE_MAIL_EXPUNGE_H
#define STORE_MAIL_EXPUNGE_H

#include "store/mail/effect.h"
#include "store/mail/lists.h"

/* With its effect; rows in rising order of uid. */
NODISCARD int mail_expunge_record(struct store_op *op, struct mailbox *m, uint64_t modseq,
                                  const struct box_row *rows, size_t n);

/* All entries of m go with op: whole, or not at all.  Of more than MAILBOX_ENTRIES_MAX those before
 * the last ones go at once. */
NODISCARD WAITS int mail_expunge_all(struct store_op *op, struct mailbox *m);

#endif
