/* wire/message/write/dsn_text.h - the words of a notification that a person reads.
 *
 * Used by dsn.c alone.  RFC 3464 1.1 (d), RFC 3461 6.2.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_DSN_TEXT_H
#define WIRE_MESSAGE_DSN_TEXT_H

#include "base/buf.h"
#include "wire/message/write/dsn_report.h"

/* Each appends; 0, ERR_TOO_LONG, ERR_NO_MEMORY. */
/* What happened, and to whom when it is one. */
int message_dsn_subject(const struct message_dsn *d, struct buf *out);
/* The text, UTF-8, CRLF line ends. */
int message_dsn_text(const struct message_dsn *d, struct buf *out);

#endif
