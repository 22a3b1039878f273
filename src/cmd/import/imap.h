/* cmd/import/imap.h - the mailboxes of an account on a running IMAP server. */
#ifndef CMD_IMPORT_IMAP_H
#define CMD_IMPORT_IMAP_H

#include "cmd/import/imap_link.h"
#include "cmd/import/import.h"

/* All messages of the server's mailbox of that name, into the one that is open. */
NODISCARD int import_imap_messages(struct import *m, struct imap_link *l, struct span name);

#endif
