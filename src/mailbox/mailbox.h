/* mailbox/mailbox.h - answers calls/mailbox.h: an account's mailboxes, to who shows its ticket.
 *
 * Floor 4; in the store role.
 */
#ifndef MAILBOX_MAILBOX_H
#define MAILBOX_MAILBOX_H

#include "config/settings.h"
#include "store/store.h"

/* Registers the handlers.  settings and store stay until mailbox_close. */
void mailbox_serve(const struct settings *set, struct store *store);
/* Whoever waits for events is answered, and those that are under way have ended. */
WAITS void mailbox_close(void);

#endif
