/* wire/message/envelope/ids.h - message ids of Message-ID, In-Reply-To and References.
 *
 * Sources: RFC 5322 3.6.4, 4.5.4; RFC 5256 3 (which are valid, and when two are one).
 * Tolerant: what stands between ids is passed over.  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_ENVELOPE_IDS_H
#define WIRE_MESSAGE_ENVELOPE_IDS_H

#include "base/buf.h"
#include "base/span.h"

/* Takes the next id, its < and > included, from the front of *rest: something with an @ and
 * without <, > or control octets but folds.  False at the end. */
bool message_id_next(struct span *rest, struct span *id);
/* Appends it in the form in which equal ids are equal octets: without quotes and white space.
 * 0, ERR_TOO_LONG, ERR_NO_MEMORY. */
int message_id_put(struct buf *out, struct span id);

#endif
