/* store/compact.h - what compact.c and compact_*.c share: a segment that is being emptied.
 *
 * Three steps: what stands in it (compact_scan.c), what of that is needed (compact_ask.c), and the
 * copies (compact.c).
 */
#ifndef STORE_COMPACT_H
#define STORE_COMPACT_H

#include "store/journal/segfile.h"
#include "store/store_impl.h"

/* A message that stands there. */
struct store_compact_message {
	uint64_t id;
	uint64_t offset, octets; /* of its record */
	bool alive;
};

/* A change of a message that stands elsewhere. */
struct store_compact_change {
	uint64_t message, seq;
	uint64_t offset, octets;
	uint64_t home; /* the segment where the message's record is; 0: it is nowhere */
	uint32_t recipient;
	bool final;
	bool latest; /* no later attempt is known, or no later route */
	bool needed;
};

struct store_compact {
	struct store *sp;
	uint64_t segment, limit;
	uint64_t sure; /* the log goes on to here, as the ledger knows; 0: it was not asked */
	uint64_t damaged, damaged_at; /* octets, and where the first of them are */
	struct store_compact_message *messages;
	size_t n_messages, messages_room;
	struct store_compact_change *changes;
	size_t n_changes, changes_room;
	size_t asked; /* messages, and behind them changes, that were asked about */
	struct segfile_reader file;
};

/* Opens c->file, past what is damaged.  Blocks. */
NODISCARD int store_compact_open(struct store_compact *c);
/* Reads the segment, anew.  Blocks. */
NODISCARD int store_compact_scan(struct store_compact *c);
/* Asks the ledger, which must be up to date, about some more.  1: there are others. */
NODISCARD int store_compact_ask(struct ledger_reader *reader, struct store_compact *c);
/* Where the last record of a living message ends in the segment: c->sure. */
NODISCARD int store_compact_ask_end(struct ledger_reader *reader, struct store_compact *c);
/* The changes by which the recipients of a message stand: the latest of each (an attempt under way
 * was not begun), its latest attempt, and the one that gave it its route.  Those that the message
 * itself says (the first one has the number first_seq) are left out.  Spans live in mem. */
NODISCARD int store_compact_states(struct ledger_reader *reader, uint64_t message,
                                   uint64_t first_seq, struct arena *mem,
                                   struct record_change **out, size_t *n);

#endif
