/* wire/imap/args/mailbox_impl.h - what the commands on mailboxes share. */
#ifndef WIRE_IMAP_ARGS_MAILBOX_IMPL_H
#define WIRE_IMAP_ARGS_MAILBOX_IMPL_H

#include "wire/imap/cursor.h"

/* SP and the name of a mailbox that is not empty. */
NODISCARD int imap_take_full_mailbox(struct imap_cursor *c, struct span *out);

#endif
