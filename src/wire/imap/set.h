/* wire/imap/set.h - sets of message numbers and UIDs.
 *
 * Sources: RFC 3501 9 and RFC 9051 9 (sequence-set), 4.1.1; RFC 5182 2.1 ($).  Pure.  Floor 1
 * (wire).
 */
#ifndef WIRE_IMAP_SET_H
#define WIRE_IMAP_SET_H

#include "base/buf.h"
#include "wire/imap/cursor.h"

enum { IMAP_RUNS_MAX = 10000 };

/* first <= last, neither 0. */
struct imap_run {
	uint32_t first, last;
};

/* The runs ascend and do not touch.  `*`, alone or in any n:*, is one more run, known when the
 * largest number in use is: imap_set_resolve(). */
struct imap_set {
	const struct imap_run *runs;
	size_t n_runs;
	bool star;
	uint32_t star_low, star_high; /* smallest, largest n of all n:*; 0: `*` alone */
	bool saved;                   /* `$`: the result that was saved, nothing else */
};

/* A set as a client sends it, also `$`, normalised.  ERR_SYNTAX; ERR_LIMIT: over IMAP_RUNS_MAX
 * runs. */
NODISCARD int imap_take_set(struct imap_cursor *c, struct imap_set *out);
/* Numbers only: no `*`, no `$` (known-uids, known-sequence-set of RFC 7162). */
NODISCARD int imap_take_plain_set(struct imap_cursor *c, struct imap_set *out);

/* The set with `max` for `*`: runs only.  With max 0 (the mailbox is empty) `*` is nothing. Numbers
 * above max stay.  `$` is the caller's: an error of his.  ERR_NO_MEMORY. */
NODISCARD int imap_set_resolve(const struct imap_set *set, uint32_t max, struct arena *mem,
                               struct imap_set *out);
/* What is in both sets, which are without `*`. */
NODISCARD int imap_set_meet(const struct imap_set *a, const struct imap_set *b, struct arena *mem,
                            struct imap_set *out);
/* Of a set without `*`. */
bool imap_set_has(const struct imap_set *set, uint32_t number);
/* How many numbers; of a set without `*`. */
uint64_t imap_set_count(const struct imap_set *set);

/* "1:3,7": ascending runs that do not touch; nothing for none. */
int imap_put_runs(struct buf *out, const struct imap_run *runs, size_t n_runs);

/* Collects ascending numbers as text, as ESEARCH's ALL, VANISHED, COPYUID need: a zeroed one is
 * empty. A number that does not ascend begins a run of its own (COPYUID keeps its order). */
struct imap_runs_writer {
	struct imap_run run; /* not printed yet */
	bool some;           /* something was printed */
};
int imap_runs_add(struct imap_runs_writer *w, struct buf *out, uint32_t number);
int imap_runs_end(struct imap_runs_writer *w, struct buf *out);

#endif
