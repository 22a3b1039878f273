/* wire/message/write/dsn.h - makes a delivery status notification.
 *
 * Sources: RFC 3464 2 (fields), RFC 3461 6 (what it must hold), RFC 6522
 *          (multipart/report), RFC 6533 3-4 (addresses and headers other than
 *          ASCII), RFC 3834 5 (Auto-Submitted), RFC 5321 4.5.5 (it is sent from <>).
 * Three parts: words for a person, message/delivery-status for programs, and the
 * header of the original; never its body.  Whatever a remote said is cleaned and
 * cut before it is printed.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_DSN_H
#define WIRE_MESSAGE_DSN_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/message/write/dsn_report.h"

/* What the transport must know. */
struct message_dsn_made {
	bool smtputf8_needed; /* the recipient's address holds octets >= 0x80 */
};

/* Appends the notification.  0, or
 *   ERR_SYNTAX    to, hostname or message_id is malformed, a recipient has no address;
 *                 one that is odd is cleaned: its sender must hear of it all the same
 *   ERR_LIMIT     no recipient, or more than MESSAGE_DSN_RCPTS_MAX
 *   ERR_TOO_LONG, ERR_NO_MEMORY */
NODISCARD int message_dsn_compose(const struct message_dsn *dsn, struct buf *out,
                                  struct message_dsn_made *made);

#endif
