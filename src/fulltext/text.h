/* fulltext/text.h - the text of a message, as SEARCH TEXT sees it (wire/message/search).
 *
 * The message is read in pieces, and more than once: what is asked for next, is put.  Pure.
 *
 *   struct fulltext_text *x = fulltext_text_new(size);
 *   while ((r = fulltext_text_next(x, &range)) > 0)
 *           for each piece of the range
 *                   r = fulltext_text_put(x, piece);
 *   fulltext_text_span(x) ...
 *   fulltext_text_free(x);
 */
#ifndef FULLTEXT_TEXT_H
#define FULLTEXT_TEXT_H

#include "base/err.h"
#include "wire/message/structure/section.h"

enum { FULLTEXT_TEXT_BYTES_MAX = 4 << 20 };

struct fulltext_text;

/* size: of the message with its header section.  NULL: no memory. */
struct fulltext_text *fulltext_text_new(uint64_t size);
void fulltext_text_free(struct fulltext_text *x);
/* 1: these octets are to be put; 0: the text is there.  ERR_TOO_LONG: over
 * FULLTEXT_TEXT_BYTES_MAX, or over the limits of a structure; ERR_CORRUPT, ERR_NO_MEMORY. */
NODISCARD int fulltext_text_next(struct fulltext_text *x, struct message_range *range);
NODISCARD int fulltext_text_put(struct fulltext_text *x, struct span piece);
/* Folded, without a NUL. */
struct span fulltext_text_span(const struct fulltext_text *x);

#endif
