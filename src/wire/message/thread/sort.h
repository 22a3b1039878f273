/* wire/message/thread/sort.h - SORT: messages put in order by what an index knows of them.
 *
 * Sources: RFC 5256 2.2 (sent date), 3 (SORT); RFC 5957 is not here.
 * O(n log n).  Pure.  Floor 1 (wire).
 */
#ifndef WIRE_MESSAGE_THREAD_SORT_H
#define WIRE_MESSAGE_THREAD_SORT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"
#include "wire/message/envelope/envelope.h"

enum { MESSAGE_SORT_KEYS_MAX = 16 };

enum message_sort_key {
	MESSAGE_SORT_ARRIVAL,
	MESSAGE_SORT_CC,
	MESSAGE_SORT_DATE,
	MESSAGE_SORT_FROM,
	MESSAGE_SORT_SIZE,
	MESSAGE_SORT_SUBJECT,
	MESSAGE_SORT_TO,
};

struct message_sort_by {
	enum message_sort_key key;
	bool reverse;
};

/* A message.  Texts are folded (search/fold.h) and compared as octets. */
struct message_sort_entry {
	uint32_t number; /* decides between equals; what is printed: sequence number or UID */
	uint32_t size;
	int64_t arrival_s;        /* INTERNALDATE */
	int64_t sent_s;           /* Date, or INTERNALDATE without one */
	struct span from, to, cc; /* mailbox of the first address */
	struct span subject;      /* base subject */
	struct span message_id;   /* "<a@b>"; empty without a valid one */
	struct span references;   /* as message_envelope's */
	bool reply;
	const struct message_sort_order *order; /* of sort.c, while it sorts */
};

/* What to fill in of an entry: less costs less memory. */
enum message_sort_want {
	MESSAGE_SORT_WANT_ADDRESSES = 1 << 0,
	MESSAGE_SORT_WANT_SUBJECT = 1 << 1,
	MESSAGE_SORT_WANT_REFERENCES = 1 << 2,
};

/* Fills an entry from an envelope, copying what is wanted into mem, so that the record may go.
 * number, size and arrival_s are the caller's, and set before.  0, ERR_CORRUPT, ERR_NO_MEMORY. */
NODISCARD int message_sort_entry_fill(const struct message_envelope *e, unsigned want,
                                      struct arena *mem, struct message_sort_entry *entry);

/* Sorts in place. */
void message_sort(struct message_sort_entry *entries, size_t n, const struct message_sort_by *by,
                  size_t n_by);

#endif
