/* imapd/view.h - the messages of a mailbox as one session numbers them (RFC 3501 2.3.1.2).
 *
 * Runs of UIDs: 8 octets a run, however many messages it has.  Pure.
 */
#ifndef IMAPD_VIEW_H
#define IMAPD_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/imap/set.h"

/* Where a run begins: so far apart as the next run's, the UIDs rise by one with the numbers. */
struct view_run {
	uint32_t uid, number;
};

/* Zeroed: empty. */
struct view {
	struct view_run *runs;
	size_t n_runs, room;
	uint32_t n; /* messages: the highest number */
};

void view_fini(struct view *v);
/* Behind the last: UIDs uid .. uid + n - 1; uid is above all that are there.  ERR_NO_MEMORY. */
NODISCARD int view_append(struct view *v, uint32_t uid, uint32_t n);
/* Takes messages out, as runs of UIDs that ascend; later ones move up.  What is not there is passed
 * over.  Time: that of one walk, however many go.  ERR_NO_MEMORY, and nothing is changed. */
NODISCARD int view_remove(struct view *v, const struct imap_run *gone, size_t n);

uint32_t view_uid(const struct view *v, uint32_t number); /* 0: no such number */
uint32_t view_number(const struct view *v, uint32_t uid); /* 0: no such message */
/* The lowest UID from `uid` on, and how many follow one upon another; 0: none. */
uint32_t view_next(const struct view *v, uint32_t uid, uint32_t *n);
uint32_t view_last_uid(const struct view *v); /* 0: empty */
/* Those UIDs of ascending runs that are there, into room for n + v->n_runs.  How many runs. */
size_t view_meet(const struct view *v, const struct imap_run *runs, size_t n, struct imap_run *out);
/* Joins runs of messages between which there is no other one, in place.  How many are left. */
size_t view_join(const struct view *v, struct imap_run *runs, size_t n);

#endif
