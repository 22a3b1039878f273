/* wire/imap/name.h - mailbox names: modified UTF-7 on the wire, UTF-8 inside.
 *
 * Sources: RFC 3501 5.1, 5.1.3; RFC 9051 5.1, appendix A; RFC 6855 3; RFC 5198 2.
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_IMAP_NAME_H
#define WIRE_IMAP_NAME_H

#include "base/buf.h"
#include "wire/imap/cursor.h"

enum { IMAP_NAME_MAX = 1024 }; /* octets of UTF-8 */

/* A mailbox name: astring, out of modified UTF-7 unless c->utf8; INBOX in any case of letters gives
 * "INBOX" (the whole name only: Inbox/x is left).  What `/`, empty parts and so on mean is not
 * looked at.  May be empty (RENAME and LIST's reference): the caller's to refuse. ERR_SYNTAX    is
 * no modified UTF-7, or no UTF-8; holds a control character or U+2028, U+2029 ERR_TOO_LONG  over
 * IMAP_NAME_MAX */
NODISCARD int imap_take_mailbox(struct imap_cursor *c, struct span *out);
/* The same of a pattern of LIST: % and * stay. */
NODISCARD int imap_take_pattern(struct imap_cursor *c, struct span *out);

/* Modified UTF-7 to UTF-8 and back; appends to out.
 *   decode  ERR_SYNTAX: 8-bit, no end of a shift, bits left over, half a surrogate, what needs no
 *           shift within one: each name has one form only
 *   encode  ERR_SYNTAX: `name` is no UTF-8
 * or what buf_put returns. */
NODISCARD int imap_utf7_decode(struct span in, struct buf *out);
NODISCARD int imap_utf7_encode(struct span name, struct buf *out);

/* Does the pattern fit the name?  `*` fits anything, `%` all but the delimiter (RFC 3501 6.3.8).
 * Case counts.  Time: at most product of their lengths.  Both at most IMAP_NAME_MAX, else false. */
bool imap_pattern_fits(struct span pattern, struct span name, char delimiter);

#endif
