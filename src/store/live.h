/* store/live.h - in memory: unfinished messages, and how much of each segment is alive.
 *
 * A message is alive while a recipient is undecided or a mailbox holds it.  Those that only
 * mailboxes hold are not listed here (the ledger knows them); their octets are counted.  Floor 2.
 */
#ifndef STORE_LIVE_H
#define STORE_LIVE_H

#include "base/map.h"
#include "store/journal/journal.h"

struct live_message {
	uint64_t id;
	struct journal_place place;    /* of its record */
	uint64_t octets;               /* of its record, without padding */
	uint64_t inline_bytes, blob;   /* of the content, in the record; 0: no blob */
	uint32_t n_recipients, n_open; /* recipients; undecided ones */
	uint32_t mailboxes;
	uint64_t few;   /* bit i: recipient i is undecided; when there are more than 64: */
	uint64_t *many; /* the same */
};

struct live_segment {
	uint64_t number, size;
	uint64_t end;     /* of its log; 0: it is being written */
	uint64_t live;    /* octets of messages that are alive */
	uint64_t cuts;    /* this failed segment, whose end only this one tells; 0: none */
	uint32_t readers; /* its file must stay what it is */
	bool failed;      /* to be emptied and removed, never used again */
	bool stuck;       /* could not be emptied: it is damaged */
	bool leaving;     /* its file is being given back: nobody begins to read it */
};

struct live {
	struct map messages;
	struct live_segment *segments; /* in rising order of number */
	size_t n_segments, room;
};

void live_fini(struct live *l);

/* A copy of *m goes in, with all recipients decided and without a place. */
NODISCARD int live_add(struct live *l, const struct live_message *m, struct live_message **out);
/* Its record lies there now; the octets move along. */
void live_place(struct live *l, struct live_message *m, struct journal_place place,
                uint64_t octets);
/* Takes it out again, octets and all, and frees it. */
void live_drop(struct live *l, struct live_message *m);
void live_open(struct live_message *m, uint32_t recipient);
struct live_message *live_get(const struct live *l, uint64_t id);
bool live_is_open(const struct live_message *m, uint32_t recipient);
/* The recipient is decided.  True: it was the last, and *gone is the message, which is
 * alive no more (its mailboxes are 0); free it with live_free. */
bool live_settle(struct live *l, uint64_t id, uint32_t recipient, struct live_message **gone);
void live_free(struct live_message *m);

NODISCARD int live_segment_add(struct live *l, uint64_t number, uint64_t size);
void live_segment_remove(struct live *l, uint64_t number);
struct live_segment *live_segment_get(const struct live *l, uint64_t number);
/* Written to its end, and worth to be emptied: it failed, or less than a quarter is alive. */
bool live_is_thin(const struct live_segment *s);
/* Nobody needs it any more. */
bool live_is_dead(const struct live *l, const struct live_segment *s);
/* Octets come alive in (or leave) a segment. */
void live_count(struct live *l, uint64_t segment, int64_t octets);

#endif
