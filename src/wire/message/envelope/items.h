/* wire/message/envelope/items.h - how the records of an index are packed.
 *
 * A record is a run of items, each a kind (1 octet), a length and octets.  A reader passes over
 * kinds that it does not know, so that a record grows by new kinds and an old one stays readable;
 * what a kind means never changes.  Lengths and numbers take 1 octet below 128, 2 below 16,384 and
 * so on (LEB128): base/coding/pack.h would spend 4 on each of the some 20 short strings of an
 * envelope. Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_ENVELOPE_ITEMS_H
#define WIRE_MESSAGE_ENVELOPE_ITEMS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum { MESSAGE_NUMBER_MAX = 10 }; /* octets of the longest number */

/* Each appends; 0, ERR_TOO_LONG, ERR_NO_MEMORY. */
int message_number_put(struct buf *out, uint64_t n);
int message_string_put(struct buf *out, struct span s); /* length, octets */
int message_item_put(struct buf *out, uint8_t kind, struct span s);

/* Each takes from the front of *in.  0, or ERR_CORRUPT. */
NODISCARD int message_number_get(struct span *in, uint64_t *n);
NODISCARD int message_string_get(struct span *in, struct span *s);
/* 1 with an item, 0 at the end, ERR_CORRUPT. */
NODISCARD int message_item_get(struct span *in, uint8_t *kind, struct span *s);

#endif
