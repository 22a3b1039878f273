/* wire/message/envelope/imap_string.h - strings as IMAP writes them, for ENVELOPE and
 * BODYSTRUCTURE.
 *
 * Source: RFC 9051 4.3, 9 (nstring, string, quoted).  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_ENVELOPE_IMAP_STRING_H
#define WIRE_MESSAGE_ENVELOPE_IMAP_STRING_H

#include "base/buf.h"
#include "base/span.h"

/* Appends s quoted, or as a literal where it holds CR, LF, or octets >= 0x80 and either `utf8`
 * is false or it is not UTF-8.  A NUL, which neither can hold, becomes a space. */
int message_string_print(struct buf *out, struct span s, bool utf8);
/* As above; NIL for p NULL. */
int message_nstring_print(struct buf *out, struct span s, bool utf8);

#endif
