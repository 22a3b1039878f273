/* store/journal/journal.h - the log that makes mail durable: append, group commit, next segment.
 *
 * Callers build a group of records and wait; one fibre writes what has gathered with
 * one pwritev and one fdatasync, and wakes them.  While it does, the next batch gathers.
 * A segment whose write or sync failed is never appended to again: the next one begins
 * with a record that says where the trusted part ended, and only then do those who wait get
 * their error.  Floor 2.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "rt/fibre.h"
#include "calls/records.h"
#include "store/journal/segment.h"

/* Payload of SEGMENT_OPEN.  The log of segment `previous` ends at previous_end,
 * whatever stands behind; failed: what stands there may look valid, and this record is what
 * tells that it is not. */
#define JOURNAL_OPEN_FIELDS(F, L)                                                                  \
	F(u64, previous)                                                                           \
	F(u64, previous_end)                                                                       \
	F(u64, last_id)                                                                            \
	F(u64, last_seq)                                                                           \
	F(i64, time_ms)                                                                            \
	F(bool, failed)
PACK_DECLARE(journal_open_record, JOURNAL_OPEN_FIELDS)

/* Payload of SEGMENT_MESSAGE and SEGMENT_COPY: u32 length, this, then the content (records.h) to
 * the payload's end, a blob's body not.  The first two: octets of its prefix and header section.
 * message: a packed record_message without them and without body.  Its recipient i has the
 * change number seq + i.  states: of a COPY, the changes by which its recipients stand. */
enum { JOURNAL_FRONT_BYTES = 12 }; /* of the payload: the length and those two */
#define JOURNAL_HEAD_FIELDS(F, L)                                                                  \
	F(u32, prefix_bytes)                                                                       \
	F(u32, header_bytes)                                                                       \
	F(u64, seq)                                                                                \
	F(span, message)                                                                           \
	L(record_change, states)
PACK_DECLARE(journal_head, JOURNAL_HEAD_FIELDS)

struct journal_place {
	uint64_t segment, offset;
};

enum { JOURNAL_PIECES = 3 };

/* Records that become durable together.  Its memory stays until journal_commit returns.
 * Without records it is a mark that keeps its place in the order. */
struct journal_group {
	struct buf octets; /* framed records; what follows stands at `split`, in the first one */
	struct span content[JOURNAL_PIECES];
	size_t split;
	size_t last;                /* where in octets the latest record begins */
	struct journal_place place; /* of the first record, once committed */
	uint64_t end;               /* offset behind the last */
	void *owner;                /* the user's */
	bool settles;               /* the user's: it holds what came of mail accepted before */
	struct list link;
	struct fibre *waiter;
	int result;
};
void journal_group_init(struct journal_group *g);
void journal_group_fini(struct journal_group *g);
/* Between the two the payload is packed into g->octets.  content: more payload behind it, not
 * copied, for the group's first record only; NULL: none. */
void journal_record_begin(struct journal_group *g, uint8_t kind);
void journal_record_end(struct journal_group *g, const struct span content[JOURNAL_PIECES]);
/* Octets of the content that is not copied. */
size_t journal_group_content(const struct journal_group *g);
/* Octets of the whole group in the segment. */
size_t journal_group_octets(const struct journal_group *g);

struct journal;

enum { JOURNAL_SPARES_MAX = 2 };

struct journal_config {
	int dir; /* the journal's directory; stays the caller's */
	uint64_t segment_size;
	uint64_t room;                       /* octets of the disk that messages leave free */
	uint64_t least;                      /* and what came of them does */
	uint64_t next_number;                /* above all numbers ever used */
	struct journal_place end;            /* of the log so far; segment 0: there is none */
	uint64_t spares[JOURNAL_SPARES_MAX]; /* files to be used again */
	size_t n_spares;
	/* Each group in order, before its fibre wakes; g->result is 0 once it is synced. */
	void (*committed)(struct journal_group *g, void *arg);
	/* A segment is not written any more from `end` on: it is full (result 0), or it failed. */
	void (*sealed)(struct journal_place end, int result, void *arg);
	/* Segment `number` is in use; failed: it says where that segment ended, 0: none. */
	void (*opened)(uint64_t number, uint64_t failed, void *arg);
	/* The numbers for the next SEGMENT_OPEN record. */
	void (*marks)(uint64_t *last_id, uint64_t *last_seq, void *arg);
	void *arg;
};
/* Starts the committer, and begins to make a segment for the first commit. */
NODISCARD int journal_open(const struct journal_config *c, struct journal **out);
/* Writes what waits, ends the committer. */
WAITS void journal_close(struct journal *j);

/* 0: synced.  ERR_IO, ERR_NO_SPACE: it is not in the journal.  ERR_TOO_BIG: no
 * segment would hold it.  Neither deadline nor cancellation cuts it short. */
NODISCARD WAITS int journal_commit(struct journal *j, struct journal_group *g);
/* The same without waiting, for a group without records: only `committed` hears of it. */
void journal_post(struct journal *j, struct journal_group *g);

/* Whether the journal would use another spare file; hands one over. */
bool journal_wants_spare(const struct journal *j);
/* Octets of the spares, and of the next segment if it is made. */
uint64_t journal_spare_octets(const struct journal *j);
void journal_spare(struct journal *j, uint64_t number);
/* Takes one back; 0: there is none, or it is being used. */
uint64_t journal_spare_take(struct journal *j);

struct journal_counts {
	uint64_t syncs, batches, bytes_written, segments;
};
struct journal_counts journal_counts(const struct journal *j);

#endif
