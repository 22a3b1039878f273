/* store/ledger/ledger_places.h - the places of one batch: where messages are that are alive.
 *
 * A row of `place` counts who needs the message: its undecided recipients and the mailboxes that
 * hold it.  A message that comes to its end within the batch never gets one.  Part of a transaction
 * of ledger_write.c.  Floor 2.
 */
#ifndef STORE_LEDGER_PLACES_H
#define STORE_LEDGER_PLACES_H

#include "base/map.h"
#include "store/ledger/ledger_impl.h"

/* Where a message's record lies; octets without padding. */
struct record_place {
	struct journal_place at;
	size_t octets;
};

struct place_entry;

struct ledger_places {
	struct ledger *l;
	struct arena *mem;
	struct map map;
	struct place_entry *first;
	size_t n;
};

void ledger_places_init(struct ledger_places *p, struct ledger *l, struct arena *mem);
void ledger_places_fini(struct ledger_places *p);
/* A message that the ledger did not know; nobody needs it yet. */
NODISCARD int ledger_places_fresh(struct ledger_places *p, const struct record_message *m,
                                  const struct record_place *at);
/* Its record lies there now. */
NODISCARD int ledger_places_move(struct ledger_places *p, uint64_t message,
                                 const struct record_place *to);
/* So many more, or fewer, need it. */
NODISCARD int ledger_places_refs(struct ledger_places *p, uint64_t message, int more);
/* Writes the rows, and what that means for segments and blobs into l->freed. */
NODISCARD int ledger_places_write(struct ledger_places *p);

#endif
