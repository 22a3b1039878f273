/* wire/message/structure/walk.h - finds the parts of a message that is fed in pieces.
 *
 * Sources: RFC 2045 5-6, RFC 2046 5.1, 5.2.1; RFC 9051 7.5.2.
 * The message is its header section and body, without what stands before the header section (trace
 * fields of ours): that may differ between mailboxes, and the record is made once for all.  Pieces
 * may be cut anywhere; memory does not grow with the body: what is kept is a part's header while it
 * is read (256 KiB at most) and the record.
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

/* Past a limit the parse is cut, never the message: what is not opened or listed is body of the
 * part that holds it, and the record says so (structure.h, MESSAGE_STRUCTURE_CUT). */
enum {
	MESSAGE_WALK_DEPTH_MAX = 50,               /* parts in parts                     */
	MESSAGE_WALK_PARTS_MAX = 1000,             /* parts of a message                 */
	MESSAGE_WALK_HEADER_BYTES_MAX = 256 << 10, /* of a part; the message's own: 1 MiB */
	MESSAGE_WALK_FIELDS_BYTES_MAX = 8 << 10,   /* kept of a part's fields            */
	MESSAGE_STRUCTURE_BYTES_MAX = 1 << 20,     /* of a record                        */
};

struct message_walk;

struct message_walk *message_walk_new(void); /* NULL: no memory */
void message_walk_free(struct message_walk *w);

/* Feeds the next octets.  0, or ERR_NO_MEMORY. */
NODISCARD int message_walk_put(struct message_walk *w, struct span piece);
/* The message is over: appends its record.  0, ERR_TOO_LONG (the buf's cap), ERR_NO_MEMORY. */
NODISCARD int message_walk_end(struct message_walk *w, struct buf *out);
/* Header section and body at once. */
NODISCARD int message_structure_pack(struct span header, struct span body, struct buf *out);

#endif
