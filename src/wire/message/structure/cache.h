/* wire/message/structure/cache.h - what is kept of a message so that its text need not be read
 * again: the records of its envelope and its structure.
 *
 * Made once, by whoever takes the message or first needs it; kept with its entries in mailboxes.
 * Octets are items (envelope/items.h); a reader passes over what it does not know.  Pure.  Floor 1
 * (wire).
 */
#ifndef WIRE_MESSAGE_STRUCTURE_CACHE_H
#define WIRE_MESSAGE_STRUCTURE_CACHE_H

#include "wire/message/envelope/envelope.h"
#include "wire/message/structure/structure.h"

enum { /* octets of one that message_cache_make makes, at most */
       MESSAGE_CACHE_MADE_BYTES = MESSAGE_ENVELOPE_BYTES + MESSAGE_WALK_FIELDS_BYTES_MAX + 1024,
};

struct message_cache {
	struct span envelope, structure; /* empty: not known */
};

/* Appends c; what is empty is left out.  0, ERR_TOO_LONG, ERR_NO_MEMORY. */
int message_cache_put(struct buf *out, const struct message_cache *c);
/* What can be read of it; spans borrow from the octets. */
void message_cache_get(struct span octets, struct message_cache *out);

/* Appends what is found out when a message comes in: the envelope, cut at MESSAGE_ENVELOPE_BYTES,
 * and the structure of one that has no parts. header  its header section, the empty line included
 *   body    its body; NULL: it is not at hand, and the structure is left out
 * 0, ERR_TOO_LONG, ERR_NO_MEMORY. */
NODISCARD int message_cache_make(struct span header, const struct span *body, struct buf *out);

/* Can each text and each part of it be read to its end?  For one that a stranger made.  0, or
 * ERR_CORRUPT: also when an item comes twice or is not known. */
NODISCARD int message_cache_check(struct span octets);

#endif
