/* wire/message/envelope/subject.h - the base subject, by which messages are sorted and threaded.
 *
 * Source: RFC 5256 2.1 and 5 (grammar).  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_ENVELOPE_SUBJECT_H
#define WIRE_MESSAGE_ENVELOPE_SUBJECT_H

#include "base/buf.h"
#include "base/span.h"

/* Appends the base subject of a Subject's value: encoded words decoded, runs of white space one
 * space, "Re:", "Fwd:", "[list]", "(fwd)" removed; not folded to one case.
 *   reply  true when a reply or forward was removed; may be NULL
 * 0, ERR_TOO_LONG, ERR_NO_MEMORY. */
int message_subject_base(struct span value, struct buf *out, bool *reply);

#endif
