/* queue/intake.h - a message's text on its way into the store, in flat memory.
 *
 * Floor 4.  Whoever receives a message (SMTP, the control socket) gathers its text
 * here; past store.blob_threshold it goes to a blob of the store piece by piece.  Once
 * all texts of the process together are over smtp.memory, each goes there as soon as it
 * is over INTAKE_SMALL_BYTES.
 */
#ifndef QUEUE_INTAKE_H
#define QUEUE_INTAKE_H

#include "config/settings.h"
#include "calls/queue.h"

enum { INTAKE_SMALL_BYTES = 8 << 10 };

struct queue_intake {
	struct buf text;       /* what is not in the blob yet             */
	uint64_t blob;         /* 0: all is in text                       */
	uint64_t blob_bytes;   /* octets that are in it                   */
	size_t threshold;      /* octets of text above which it is sent   */
	size_t held, held_max; /* octets counted for it; smtp.memory */
};

/* room: octets that may stand in text beyond the threshold. */
void queue_intake_init(struct queue_intake *in, const struct settings *set, size_t room);
/* Frees, and takes back a blob that was not committed. */
WAITS void queue_intake_fini(struct queue_intake *in);

/* Whether memory is short and this text no longer small. */
bool queue_intake_is_pressed(struct queue_intake *in);
/* Sends what stands in text, once it is over the threshold, or over one piece when a blob is
 * begun, or pressed, or at once with `all`. */
NODISCARD WAITS int queue_intake_settle(struct queue_intake *in, bool all);
/* Commits m with this text (sets m's body, blob and size_bytes) and answers once it is synced. */
NODISCARD WAITS int queue_intake_commit(struct queue_intake *in, struct record_message *m,
                                        struct arena *mem, struct queue_submit_reply *out);

#endif
