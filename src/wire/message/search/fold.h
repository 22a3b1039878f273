/* wire/message/search/fold.h - one case, for comparing what people write.
 *
 * Sources: RFC 5051 (i;unicode-casemap, of which this is the case mapping without the
 *          decomposition: U+00E9 does not equal "e" U+0301); Unicode's simple case folding.
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_SEARCH_FOLD_H
#define WIRE_MESSAGE_SEARCH_FOLD_H

#include "base/buf.h"
#include "base/span.h"

/* The code point in the one case; itself when it has none. */
uint32_t message_fold(uint32_t code_point);
/* Appends UTF-8 folded; an octet that is not UTF-8 becomes U+FFFD.  0, ERR_TOO_LONG, ERR_NO_MEMORY.
 */
int message_fold_put(struct buf *out, struct span utf8);
/* < 0, 0, > 0, as memcmp, of both folded. */
int message_fold_cmp(struct span a, struct span b);

#endif
