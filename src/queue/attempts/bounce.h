/* queue/attempts/bounce.h - records of an attempt's end, and the notice to the sender that goes
 * with them.
 *
 * Sources: RFC 5321 6.1 (undeliverable mail is returned; never for a null sender),
 *          RFC 3464, RFC 3461 6.
 */
#ifndef QUEUE_ATTEMPTS_BOUNCE_H
#define QUEUE_ATTEMPTS_BOUNCE_H

#include "queue/state/state.h"

/* The message whose recipients change.  body: the text, when it is at hand. */
struct bounce_about {
	uint64_t message;
	struct span return_path;
	int64_t accepted_ms;
	const struct schedule_body *body;
};

/* Records changes of one message.  When some recipients are refused, expired or cancelled, the
 * sender's notification and the changes become durable in one commit: no crash loses one of them.
 * There is no notification for a null sender, a sender that is no user of ours any more, or one
 * whose address cannot be written to: that is logged.  What store_commit returns; what the
 * directory role does. */
NODISCARD WAITS int bounce_once(struct queue *q, const struct bounce_about *about,
                                struct record_change *changes, size_t n);
/* The same, until it is done; ERR_CANCELLED or ERR_TIMEOUT when the fibre ends first. */
NODISCARD WAITS int bounce_record(struct queue *q, const struct bounce_about *about,
                                  struct record_change *changes, size_t n);

#endif
