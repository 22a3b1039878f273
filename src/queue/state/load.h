/* queue/state/load.h - unfinished work from disk into the schedule: at the start, and what did not
 * fit.
 */
#ifndef QUEUE_STATE_LOAD_H
#define QUEUE_STATE_LOAD_H

#include "queue/state/state.h"

/* Takes in rows of the ledger, those of one message that are due together side by side; what is
 * here already, held or being committed is left out.  False when memory is full; what was not taken
 * in is noted as left on disk. */
bool load_rows(struct queue *q, const struct store_pending *rows, size_t n, struct arena *mem);
/* The next hop of a row.  ERR_NO_MEMORY. */
NODISCARD int load_hop(const struct queue *q, const struct store_pending *row, struct arena *mem,
                       struct hop *out);

/* The loader: one fibre for the queue's life.  arg: struct queue. */
WAITS void load_run(void *arg);

#endif
