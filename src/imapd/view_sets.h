/* imapd/view_sets.h - sets of UIDs and a session's view (base/view.h).  Pure. */
#ifndef IMAPD_VIEW_SETS_H
#define IMAPD_VIEW_SETS_H

#include "base/view.h"
#include "wire/imap/set.h"

/* Takes messages out, as runs of UIDs that ascend; later ones move up.  What is not there is passed
 * over.  Time: that of one walk, however many go.  ERR_NO_MEMORY, and nothing is changed. */
NODISCARD int view_remove(struct view *v, const struct imap_run *gone, size_t n);
/* Those UIDs of ascending runs that are there, into room for n + v->n_runs.  How many runs. */
size_t view_meet(const struct view *v, const struct imap_run *runs, size_t n, struct imap_run *out);
/* Joins runs of messages between which there is no other one, in place.  How many are left. */
size_t view_join(const struct view *v, struct imap_run *runs, size_t n);

#endif
