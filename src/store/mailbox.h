/* store/mailbox.h - the mailboxes of our accounts.  Floor 2.
 *
 * A mailbox entry refers to the message in the store; local delivery copies nothing.
 */
#ifndef STORE_MAILBOX_H
#define STORE_MAILBOX_H

#include "store/store.h"

struct store_mailbox_entry {
	uint32_t uid;
	uint64_t message;
	int64_t received_ms;
	uint64_t size_bytes;
	struct span return_path, subject, recipient;
};

/* Entries of account's mailbox `name` ("INBOX") with uid > after, in uid order.
 * ERR_NOT_FOUND: no such mailbox (an account without mail has an empty INBOX: 0 entries). */
NODISCARD WAITS int store_mailbox_list(struct store *sp, struct span account, struct span name,
                                       uint32_t after, size_t max, struct arena *mem,
                                       struct store_mailbox_entry **out, size_t *n);
/* One entry; then store_read(entry.message) gives the text.  ERR_NOT_FOUND. */
NODISCARD WAITS int store_mailbox_get(struct store *sp, struct span account, struct span name,
                                      uint32_t uid, struct arena *mem,
                                      struct store_mailbox_entry *out);

#endif
