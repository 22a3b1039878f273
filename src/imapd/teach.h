/* imapd/teach.h - what somebody does with his mail says whether it was wanted.
 *
 * Into Junk, or $Junk: it was not.  Out of Junk (but to Trash), $NotJunk, or answered: it was.  It
 * is told to the store behind the command, one message after the other, of a command the first
 * ones; what is not told for a fault is not told again.
 */
#ifndef IMAPD_TEACH_H
#define IMAPD_TEACH_H

#include "imapd/session.h"
#include "wire/imap/args/store.h"

/* These UIDs of `to` came from the mailbox that is open. */
void imapd_teach_moved(struct imapd_session *s, const struct mailbox_info *to,
                       const struct mailbox_run *uids, size_t n);
/* These of the mailbox that is open were given flags. */
void imapd_teach_flagged(struct imapd_session *s, const struct imap_store *a,
                         const struct mailbox_change *changed, size_t n);

#endif
