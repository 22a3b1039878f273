/* wire/message/structure/walk.h - finds the parts of a message that is fed in pieces.
 *
 * Sources: RFC 2045 5-6, RFC 2046 5.1, 5.2.1; RFC 9051 7.5.2.
 * The message is its header section and body, without what stands before the header section (trace
 * fields of ours): that may differ between mailboxes, and the record is made once for all.  Pieces
 * may be cut anywhere; memory does not grow with the body: what is kept is a part's header while it
 * is read (256 KiB at most) and the record; the limits are structure.h's.
 * Time linear in the octets, no recursion.  Pure.  Floor 1 (wire).
 *
 *   struct message_walk *w = message_walk_new();
 *   while ((piece = ...).n && r == 0)
 *           r = message_walk_put(w, piece);
 *   r = message_walk_end(w, &record);        // structure.h reads it
 *   message_walk_free(w);
 */
#ifndef WIRE_MESSAGE_STRUCTURE_WALK_H
#define WIRE_MESSAGE_STRUCTURE_WALK_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "wire/message/structure/structure.h"

struct message_walk;

struct message_walk *message_walk_new(void); /* NULL: no memory */
void message_walk_free(struct message_walk *w);

/* Feeds the next octets.  0, or ERR_NO_MEMORY. */
NODISCARD int message_walk_put(struct message_walk *w, struct span piece);
/* True once the header section was fed and says that the message is one part, whatever follows. */
bool message_walk_is_single(const struct message_walk *w);
/* The message is over: appends its record.  0, ERR_TOO_LONG (the buf's cap), ERR_NO_MEMORY. */
NODISCARD int message_walk_end(struct message_walk *w, struct buf *out);
/* Header section and body at once. */
NODISCARD int message_structure_pack(struct span header, struct span body, struct buf *out);

#endif
