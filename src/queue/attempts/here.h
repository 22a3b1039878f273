/* queue/attempts/here.h - mail of ours that had to wait for its time (send_at), into mailboxes
 * here.
 *
 * Whose address that is is asked now, not when the message came.  They get one message of its own,
 * committed before the outcome is: a crash in between delivers it twice, and never not at all.
 */
#ifndef QUEUE_ATTEMPTS_HERE_H
#define QUEUE_ATTEMPTS_HERE_H

#include "calls/text.h"
#include "queue/schedule/schedule.h"

/* Outcomes as a courier's.  ERR_NO_MEMORY. */
NODISCARD WAITS int here_deliver(const struct entry *e, const struct text *text, struct arena *mem,
                                 struct courier_outcomes *out);

#endif
