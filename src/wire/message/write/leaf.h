/* wire/message/write/leaf.h - writes text parts, and boundaries that cannot occur in them.
 *
 * Sources: RFC 2045 5-6, RFC 2046 4.1 (text), 5.1.1 (boundary).
 * A boundary begins with "=_", which neither QP nor base64 can hold; a part that
 * is to go as 7bit and holds it goes encoded.  So none needs to be searched for.
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_LEAF_H
#define WIRE_MESSAGE_LEAF_H

#include "base/buf.h"
#include "base/span.h"
#include "wire/message/encode.h"

enum { MESSAGE_BOUNDARY_BYTES = 20 };

/* "=_a" and 13 characters of the seed; `level` tells nested ones apart: 'a', 'b', ... */
void message_boundary_print(char level, uint64_t seed, char out[MESSAGE_BOUNDARY_BYTES]);
/* As message_encoding_choose, and never 7BIT for what could hold a boundary. */
enum message_encoding message_leaf_encoding(struct span octets);

/* Each appends; 0, ERR_TOO_LONG, ERR_NO_MEMORY. */
/* Content-Type of that media type with charset utf-8, Content-Transfer-Encoding,
 * the empty line and the text, whose lines end in CRLF. */
int message_leaf_put_text(struct buf *out, const char *type, struct span text);
/* Content-Type of a multipart and the empty line; `type` may carry parameters. */
int message_multipart_begin(struct buf *out, const char *type, const char *boundary);
/* The delimiter before a part; with `last`, the one behind the last. */
int message_multipart_next(struct buf *out, const char *boundary, bool last);

#endif
