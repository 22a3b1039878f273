/* queue/serve/verdicts.h - states that recipients have from the commit on: refused, held, one copy
 * a mailbox.
 *
 * Pure.
 */
#ifndef QUEUE_SERVE_VERDICTS_H
#define QUEUE_SERVE_VERDICTS_H

#include "calls/queue.h"

/* The changes that go with m's commit: what the verdicts say, and for each recipient whose mailbox
 * an earlier one of m has already "delivered": it loses its account, so that there is one copy.
 * Text lives in mem.  ERR_SYNTAX: a verdict that cannot be; ERR_NO_MEMORY. */
NODISCARD int verdicts_settle(struct record_message *m, const struct queue_verdict *verdicts,
                              size_t n_verdicts, struct arena *mem, struct record_change **out,
                              size_t *n);

#endif
