/* fulltext/fulltext.h - an index of the text of an account's messages, for those that want one.
 *
 * Built behind, on a thread of its own, from what the store keeps, and no more than a filter: it
 * tells which entries certainly do not hold a string; who asks reads the others.  What it does not
 * know yet, or was lost, it does not tell of.  One instance, in the store role, on its loop.
 */
#ifndef FULLTEXT_FULLTEXT_H
#define FULLTEXT_FULLTEXT_H

#include "fulltext/file.h"
#include "store/mail.h"
#include "store/store.h"

/* The store stays until fulltext_stop. */
NODISCARD WAITS int fulltext_start(struct store *store, const char *data_dir);
WAITS void fulltext_stop(void);

/* An account wants one, or wants none any more: then it is removed.  Does not wait. */
NODISCARD int fulltext_account(struct span name, bool on);
/* Its index goes, and is not made again: all mail of the account is to be deleted.  As worker_run.
 */
NODISCARD WAITS int fulltext_forget_account(struct span name);
/* Something was added or expunged.  Does not wait. */
void fulltext_news(const struct store_mail_event *e);

/* As fulltext_find, of the account's mailbox.  1; 0: it has no index. */
NODISCARD WAITS int fulltext_ask(struct span account, uint32_t mailbox, uint32_t first,
                                 uint32_t last, size_t max, const struct span *needles,
                                 size_t n_needles, struct arena *mem, struct fulltext_found *out);

#endif
