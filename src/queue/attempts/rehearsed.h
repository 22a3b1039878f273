/* queue/attempts/rehearsed.h - the reports that test addresses give: complained@ and bounced-later@
 * of postrider.test. */
#ifndef QUEUE_ATTEMPTS_REHEARSED_H
#define QUEUE_ATTEMPTS_REHEARSED_H

#include "queue/state/state.h"

/* Of those of res, recorded just now, whose outcomes have a report; only of that domain.  What
 * cannot be recorded is told in the log. */
WAITS void rehearsed_record(struct queue *q, const struct courier_outcomes *got,
                            const struct record_change *changes, size_t n);

#endif
