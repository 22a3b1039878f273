/* queue/serve/reports.h - what comes back of a message that was sent from here.
 *
 * Recorded beside the recipient's state, once of a kind; hard bounces and complaints make
 * suppressions.  Floor: as serve.
 */
#ifndef QUEUE_SERVE_REPORTS_H
#define QUEUE_SERVE_REPORTS_H

#include "base/list.h"
#include "calls/queue.h"
#include "queue/state/state.h"

/* From reports_settle to reports_end. */
struct reports {
	struct list link;
	uint64_t message; /* that they are about; 0: none */
	struct record_change *changes;
	size_t n;
};

/* What m, which is handed in, tells, where it is certain of what: the changes that go with its
 * commit, in mem.  A recipient that is the return path of the message it is about loses its
 * account: the report is read, and nobody need see it.  Suppressions are made here, so that none
 * is missing once the commit is answered.  ERR_AGAIN: another report of the message is being
 * taken; ERR_NO_MEMORY; what was asked. */
NODISCARD WAITS int reports_settle(struct queue *q, const struct queue_submit_args *a,
                                   struct record_message *m, struct arena *mem,
                                   struct reports *out);
void reports_end(struct reports *r);

#endif
