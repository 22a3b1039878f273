/* queue/state/page.h - one page of rows at a time.
 *
 * Who reads rows of the ledger and then moves in the schedule what they tell of (the loader, an
 * order) has both for itself from the reading to the end: no row of theirs is out of date but by
 * what ends meanwhile, and the schedule remembers that.
 */
#ifndef QUEUE_STATE_PAGE_H
#define QUEUE_STATE_PAGE_H

#include "queue/state/state.h"

/* Waits for its turn.  0, ERR_TIMEOUT, ERR_CANCELLED. */
NODISCARD WAITS int page_begin(struct queue *q);
void page_end(struct queue *q);

#endif
