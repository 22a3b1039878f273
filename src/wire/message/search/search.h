/* wire/message/search/search.h - SEARCH in the text of a message, read in pieces.
 *
 * Sources: RFC 9051 6.4.4 (BCC, BODY, CC, FROM, HEADER, SUBJECT, TEXT, TO); RFC 5256 and RFC 5051
 *          for what is equal.
 * All text is seen as a reader sees it: encoded words, transfer encodings and charsets undone, case
 * folded.  BODY is what follows the header section: each text/<any> part, and the fields of parts
 * and of messages within; TEXT is that and the header section.  Other parts (images, archives) are
 * not read.  A match does not go over the end of a part or field.  Pure.  Floor 1 (wire).
 *
 *   message_search_begin(&s, record, prefix_n, keys, n, &charsets);
 *   while ((r = message_search_next(&s, &range)) > 0)      // false too when all keys are decided
 *           for each piece of the range
 *                   r = message_search_put(&s, piece);
 *   keys[i].found ...
 *   message_search_fini(&s);
 */
#ifndef WIRE_MESSAGE_SEARCH_SEARCH_H
#define WIRE_MESSAGE_SEARCH_SEARCH_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "wire/message/decode.h"
#include "wire/message/search/match.h"
#include "wire/message/structure/decoder.h"
#include "wire/message/structure/section.h"

enum message_search_where {
	MESSAGE_SEARCH_HEADER, /* the fields named `field`, of the message's own header */
	MESSAGE_SEARCH_BODY,
	MESSAGE_SEARCH_TEXT,
};

struct message_search_key {
	enum message_search_where where;
	struct span field;            /* HEADER: "Subject"; case-insensitive          */
	struct message_needle needle; /* empty: found where there is such a field, or at all */
	bool found;                   /* the answer */
	struct message_match match;   /* of search.c */
};

struct message_search; /* below; a caller reads nothing in it */

/* charsets (decode.h) may be NULL.  0, ERR_CORRUPT (the record). */
NODISCARD int message_search_begin(struct message_search *s, struct span record, uint64_t prefix_n,
                                   struct message_search_key *keys, size_t n_keys,
                                   const struct message_charsets *charsets);
/* 1 with the next octets to read, 0 when nothing is left to look for or at, ERR_CORRUPT,
 * ERR_NO_MEMORY.  The range before is over. */
NODISCARD int message_search_next(struct message_search *s, struct message_range *range);
/* The range's octets, in pieces of any size.  1 when every key is found (read no further), 0,
 * ERR_NO_MEMORY. */
NODISCARD int message_search_put(struct message_search *s, struct span piece);
void message_search_fini(struct message_search *s);

/* All that TEXT looks at, folded: within a part or field in pieces, `end` after the last.  A
 * negative answer ends it. */
typedef int message_search_sink(struct span folded, bool end, void *arg);
/* Instead of message_search_begin: there are no keys, and the sink gets all.  An index keeps what
 * this gives: who changes what is looked at raises FULLTEXT_FORMAT. */
NODISCARD int message_search_begin_all(struct message_search *s, struct span record,
                                       message_search_sink *sink, void *arg);

/* HEADER keys alone, over a header section that is at hand; no structure is needed.  keys[i].found
 * for those with where == MESSAGE_SEARCH_HEADER.  0, ERR_NO_MEMORY. */
NODISCARD int message_search_header(struct span header, struct message_search_key *keys,
                                    size_t n_keys, const struct message_charsets *charsets);

struct message_search {
	struct message_structure parts;
	struct message_structure_part part;
	struct message_search_key *keys;
	size_t n_keys;
	message_search_sink *sink; /* NULL: keys */
	void *sink_arg;
	uint64_t prefix_n;
	const struct message_charsets *charsets;
	int stage;     /* what of the part is read: its header, its body */
	bool at_begin; /* of its body */
	struct message_decoder decoder;
	struct span charset;
	struct buf text; /* a header, or octets of a body that make no whole character yet */
	struct buf utf8; /* a piece as UTF-8 */
	struct buf folded;
};

#endif
