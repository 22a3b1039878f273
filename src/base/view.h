/* base/view.h - the messages of a mailbox as one session numbers them (RFC 3501 2.3.1.2, RFC 1939
 * 5).
 *
 * Runs of UIDs: 8 octets a run, however many messages it has.
 */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

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

uint32_t view_uid(const struct view *v, uint32_t number); /* 0: no such number */
uint32_t view_number(const struct view *v, uint32_t uid); /* 0: no such message */
/* The lowest UID from `uid` on, and how many follow one upon another; 0: none. */
uint32_t view_next(const struct view *v, uint32_t uid, uint32_t *n);
uint32_t view_last_uid(const struct view *v); /* 0: empty */

#endif
