/* queue/intake.h - a message's content on its way into the store, in flat memory.
 *
 * Floor 4.  Whoever receives a message (SMTP, the control socket) gathers its text
 * here, as received: header section and body.  A body past store.blob_threshold goes to a
 * blob of the store piece by piece, for which the header section is split off.  Once all texts
 * of the process together are over smtp.memory, each body goes there as soon as the text is over
 * INTAKE_SMALL_BYTES.
 */
#ifndef QUEUE_INTAKE_H
#define QUEUE_INTAKE_H

#include "config/settings.h"
#include "calls/queue.h"

enum { INTAKE_SMALL_BYTES = 8 << 10, INTAKE_PREFIX_BYTES = 64 << 10 };

struct queue_intake {
	struct buf prefix;     /* fields of ours, to stand in front       */
	struct buf header;     /* the header section, once it is split    */
	bool split;            /* off; then text is body alone            */
	struct buf text;       /* what is not in the blob yet             */
	uint64_t blob;         /* 0: all is in text                       */
	uint64_t blob_bytes;   /* octets that are in it                   */
	size_t threshold;      /* octets of text above which it is sent   */
	size_t held, held_max; /* octets counted for it; smtp.memory */
};

/* room: octets that may stand in text beyond the threshold; INTAKE_PREFIX_BYTES in the prefix. */
void queue_intake_init(struct queue_intake *in, const struct settings *set, size_t room);
/* Frees, and takes back a blob that was not committed. */
WAITS void queue_intake_fini(struct queue_intake *in);

/* Whether memory is short and this text no longer small. */
bool queue_intake_is_pressed(struct queue_intake *in);
/* Sends the body that stands in text, once it is over the threshold, or over one piece when a blob
 * is begun, or pressed, or at once with `all`.  ERR_TOO_BIG: the header section is not whole yet.
 */
NODISCARD WAITS int queue_intake_settle(struct queue_intake *in, bool all);
/* Commits m with this content (sets its parts, blob and sizes) and answers once it is synced. */
NODISCARD WAITS int queue_intake_commit(struct queue_intake *in, struct record_message *m,
                                        struct arena *mem, struct queue_submit_reply *out);

#endif
