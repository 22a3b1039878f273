/* cmd/sendmail/qualify.h - names of this machine's users become addresses.
 *
 * Programs here write `To: root` or `From: (Cron Daemon) <root>`; RFC 5322 3.4.1 wants a domain.
 * Pure.
 */
#ifndef CMD_SENDMAIL_QUALIFY_H
#define CMD_SENDMAIL_QUALIFY_H

#include "base/buf.h"
#include "base/span.h"

/* Appends an address list with @domain behind each mailbox that has none: one word, or what stands
 * in angle brackets.  Comments, names, groups and what is not understood stay as they are.  As
 * buf_put. */
int sendmail_qualify(struct span list, struct span domain, struct buf *out);

#endif
