/* store/segments.h - in memory: the journal's segments, and how much of each is needed.
 *
 * A message is alive while a recipient is undecided or a mailbox holds it; the ledger's table
 * `place` knows them one by one, and here are only sums.  Besides, a segment is needed for what it
 * says of messages in other segments, until that is written again.  Floor 2.
 */
#ifndef STORE_SEGMENTS_H
#define STORE_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct store_segment {
	uint64_t number, size;
	uint64_t end;      /* of its log; 0: it is being written */
	uint64_t alive;    /* octets of messages that are alive, as the ledger has it */
	uint64_t notes;    /* octets that others need it for, when it was last looked through */
	uint64_t notes_at; /* the journal's octets written by then */
	uint64_t cuts;     /* this failed segment, whose end only this one tells; 0: none */
	bool failed;       /* or damaged: to be emptied and removed, never used again */
	bool stuck;        /* could not be emptied, or what lives in it cannot be read */
	bool emptied;      /* what is needed of it was written again */
	bool leaving;      /* its file is being given back */
};

/* In rising order of number. */
struct store_segments {
	struct store_segment *v;
	size_t n, room;
};

void store_segments_fini(struct store_segments *all);
/* ERR_NO_MEMORY. */
NODISCARD int store_segments_add(struct store_segments *all, uint64_t number, uint64_t size);
void store_segments_remove(struct store_segments *all, uint64_t number);
/* NULL: there is none.  Valid until the next add or remove. */
struct store_segment *store_segments_get(const struct store_segments *all, uint64_t number);

/* Written to its end, and worth to be emptied: it failed, or less than a quarter is needed.  One
 * that must stay is not: what it says would count again without what became of its copies.
 * written: the journal's octets so far. */
bool store_segment_is_sparse(const struct store_segments *all, const struct store_segment *s,
                             uint64_t written);
/* Emptied: nobody needs it any more. */
bool store_segment_is_dead(const struct store_segment *s);

#endif
