/* queue/schedule/schedule.h - the queue in memory: what is due when, and whose turn it is.
 *
 * An entry is one message for some recipients of one destination that fall due together;
 * an attempt is one entry.  Entries wait in a heap by time; once due they stand in line at their
 * destination, and destinations take turns, so that none starves another.
 *
 * Memory is bounded and counted.  What does not fit stays on disk: disk_from_ms says from
 * which due time on the disk has work that memory lacks.  The loader reads it back, and an
 * index of all entries keeps it from taking in what is here already.
 *
 * A data structure without a loop, a clock or I/O.  _at is the monotonic clock, _ms the
 * wall clock as the ledger keeps it.
 */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

#include "base/clock.h"
#include "base/list.h"
#include "base/map.h"
#include "calls/queue.h"
#include "queue/schedule/entry.h"
#include "queue/schedule/schedule_heap.h"
#include "queue/schedule/schedule_index.h"

enum { SCHEDULE_LOAD_AHEAD_MS = 60 * 1000 }; /* what is due sooner is near */

/* A load that ran out of room: another one is vain until the memory in use is down to
 * `octets` (0: none did), or something earlier is left on disk. */
struct schedule_full {
	size_t octets;
	int64_t disk_from_ms;
	bool near;
};

struct schedule {
	struct map destinations; /* by domain */
	struct list turns;
	struct schedule_heap heap;
	struct schedule_index index;
	size_t octets, body_octets, octets_max;
	size_t per_destination;
	int64_t disk_from_ms; /* INT64_MAX: all is in memory */
	struct schedule_full full;
	int64_t sheds_after_at; /* what waits for longer makes room for what is due */
	bool sheds_more;        /* and there is some that the latest load did not see */
	bool loading;
	unsigned remembering;
	struct list gone; /* entries that ended meanwhile */
	size_t n_empty;   /* entries in the heap whose recipients were all withdrawn */
};

/* What all entries of one schedule_add have in common. */
struct schedule_item {
	uint64_t message, size_bytes;
	int64_t accepted_ms, due_ms;
	uint32_t attempt;
	bool body_8bit, smtputf8;
	bool is_signed; /* as far as is known: the ledger does not have it */
	bool returns;   /* with a return path of its own (calls/directory.h, directory_return) */
	struct span return_path;
	struct schedule_body *body; /* may be NULL; each entry takes a reference */
};

struct schedule_rcpt {
	uint32_t recipient;
	struct span address, domain;
};

void schedule_init(struct schedule *s, size_t octets_max, size_t per_destination);
/* Frees everything; nothing is running any more. */
void schedule_fini(struct schedule *s);

/* Takes in the recipients, grouped by destination; what is in memory already is left out,
 * what does not fit is left on disk.  A message's recipients may come in several calls.
 * Returns how many were left on disk.  mem is for scratch. */
size_t schedule_add(struct schedule *s, const struct schedule_item *item,
                    const struct schedule_rcpt *rcpts, size_t n, int64_t at, int64_t now_at,
                    struct arena *mem);

/* A copy of n pieces, one behind the other, with one reference; or NULL when bodies would take more
 * than half of the memory. */
struct schedule_body *schedule_body_new(struct schedule *s, const struct span *pieces, size_t n);
/* NULL is fine. */
void schedule_body_unref(struct schedule *s, struct schedule_body *body);

/* What has fallen due stands in line from now on. */
void schedule_wake(struct schedule *s, int64_t now_at);
/* The entry whose turn it is; it runs from now on, holding a place at its destination.
 * NULL: nothing stands in line, or every destination with such work is full. */
struct entry *schedule_take(struct schedule *s, int64_t now_at);
/* Gives up the place at the destination, once its server is done with us. */
void schedule_release(struct schedule *s, struct entry *e);
/* Recipients whose final[i] is set are no more among the first n_rcpts; order is kept. */
void schedule_finish(struct entry *e, const bool *final);
/* A released entry waits (again) until `at`, with the recipients that it has now. */
void schedule_again(struct schedule *s, struct entry *e, int64_t at);
/* A released entry is over. */
void schedule_done(struct schedule *s, struct entry *e);

/* When the next waiting entry falls due; CLOCK_NEVER. */
int64_t schedule_next_at(const struct schedule *s);
/* Work with this due time is on disk only. */
void schedule_left_on_disk(struct schedule *s, int64_t due_ms);

/* While somebody reads pages of rows from disk: entries that end stay in the index, since a row
 * that was read before may still speak of them.  Calls may be nested. */
void schedule_remember_begin(struct schedule *s);
void schedule_remember_end(struct schedule *s);

enum schedule_where {
	SCHEDULE_NOWHERE, /* not in memory */
	SCHEDULE_WAITS,
	SCHEDULE_RUNS,
	SCHEDULE_ENDED, /* decided, since schedule_remember_begin or within its entry */
};
/* Where this recipient is; *out, unless it is nowhere: its entry. */
enum schedule_where schedule_find(const struct schedule *s, uint64_t message, struct span domain,
                                  uint32_t recipient, struct entry **out);
/* Takes a recipient that waits out of its entry, which may be gone with it. */
void schedule_withdraw(struct schedule *s, struct entry *e, uint32_t recipient);
/* What falls due at a destination that was left alone is tried: one at a time until one succeeds.
 */
void schedule_revive(struct schedule *s, struct span domain, int64_t now_at);

/* Is it time to read from disk: what is there falls due soon, or memory is free? */
bool schedule_wants_load(const struct schedule *s, int64_t now_ms);
/* When what is on disk will be near, if it is not yet; INT64_MAX. */
int64_t schedule_load_time_ms(const struct schedule *s, int64_t now_ms);
/* Begins a load from disk_from_ms, which the caller has noted: from now on it gathers what this
 * load leaves behind.  Remembers until its end. */
void schedule_load_begin(struct schedule *s);
/* full: it stopped for want of room. */
void schedule_load_end(struct schedule *s, bool full, int64_t now_ms);
/* May a load take in work with this due time?  What is not near gets half of the memory. */
bool schedule_has_room(const struct schedule *s, int64_t due_ms, int64_t now_ms);
/* Leaves to the disk what waits longest, only entries due after `after_at`, until half of
 * the memory is free or nothing such is left.  Not during a load. */
void schedule_shed(struct schedule *s, int64_t after_at);

/* For the schedule's own files: into its destination's line; frees a destination without entries.
 */
void schedule_ready(struct schedule *s, struct entry *e);
/* Out of the index, and freed. */
void schedule_drop(struct schedule *s, struct entry *e);
void schedule_destination_sweep(struct schedule *s, struct destination *d);

#endif
