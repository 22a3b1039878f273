/* fulltext/query.h - what FTS5 is asked for a string.
 *
 * Source: https://www.sqlite.org/fts5.html, 3 (query syntax) and 4.3.5 (trigram).
 * Pure.
 */
#ifndef FULLTEXT_QUERY_H
#define FULLTEXT_QUERY_H

#include "base/buf.h"

enum { FULLTEXT_TERMS_MAX = 32 };

/* Text as it is indexed, and looked for: a NUL, at which FTS5 would stop, as a space. */
void fulltext_clean(char *p, size_t n);
/* Appends a query that finds each text that holds `folded` (wire/message/search/fold.h, and
 * clean), and some others: up to FULLTEXT_TERMS_MAX of its three-letter pieces, each a string of
 * FTS5's.  Returns their number; 0: it has fewer than three characters, or is no UTF-8, and FTS5
 * cannot tell.  ERR_NO_MEMORY, ERR_TOO_LONG. */
NODISCARD int fulltext_query(struct span folded, struct buf *out);

#endif
