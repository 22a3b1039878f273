/* imapd/name.h - mailboxes by name. */
#ifndef IMAPD_NAME_H
#define IMAPD_NAME_H

#include "imapd/session.h"

/* The mailbox of a path; for NO when there is none, or it cannot be opened. */
NODISCARD WAITS int imapd_find(struct imapd_session *s, struct imapd_call *c, struct span path,
                               struct mailbox_info *out);
/* What STATUS and LIST's RETURN (STATUS) put: "* STATUS name (MESSAGES 3)".  items: OR of
 * imap_status_item. */
NODISCARD WAITS int imapd_put_status(struct imapd_session *s, struct imapd_call *c,
                                     const struct mailbox_info *m, unsigned items);
/* "\\Sent"; NULL: none that is told. */
const char *imapd_use_word(uint8_t role);
/* enum mailbox_role of the uses of CREATE: at most one, and neither \All nor \Flagged, which are of
 * mailboxes that show others' messages.  Else ERR_LIMIT. */
int imapd_role(unsigned uses);

#endif
