/* inspect/rewrite.h - what mail filters make of a message's envelope and of its body.
 *
 * What one filter says is done when it has said all, so that nothing of a filter that fails stays;
 * the next one is told what came of it.
 */
#ifndef INSPECT_REWRITE_H
#define INSPECT_REWRITE_H

#include "inspect/inspection.h"
#include "rt/fibre.h"
#include "wire/milter/milter.h"

struct rewrite_order {
	enum milter_reply_kind kind;
	struct span address; /* in its one form */
};

struct rewrite {
	struct inspection *x;
	struct span sender, body; /* as they are by now */
	bool sender_is_new;
	struct inspect_rcpt *added;
	bool *removed; /* of those of the call */
	size_t n_added;
	struct buf made; /* the new body, when there is one */
	bool has_made;
	/* of the filter that talks */
	struct rewrite_order *orders;
	size_t n_orders;
	struct buf raw;
	bool has_raw;
};

/* ERR_NO_MEMORY.  Each rewrite that was opened is closed. */
NODISCARD int rewrite_open(struct inspection *x, struct rewrite *w);
void rewrite_close(struct rewrite *w);

/* Recipient i of those that the message has by now: true, and *place, which is that of the call's
 * list or, of one that a filter has added, UINT32_MAX; false: there is none of that number, or
 * rewrite_n. */
size_t rewrite_n(const struct rewrite *w);
bool rewrite_rcpt(const struct rewrite *w, size_t i, struct span *address, uint32_t *place);
/* A filter refuses one that another has added. */
void rewrite_refuse_added(struct rewrite *w, size_t i);

/* What the filter says: MILTER_EDIT_SENDER, RCPT, NO_RCPT.  ERR_SYNTAX: no address; ERR_LIMIT. */
NODISCARD int rewrite_envelope(struct rewrite *w, const struct milter_reply *reply);
/* Octets of a body; the first begin a new one.  ERR_TOO_BIG, with header_n octets before it. */
NODISCARD int rewrite_body(struct rewrite *w, struct span octets, size_t header_n);
/* The filter has said all; or it failed, and nothing was said.  ERR_NO_MEMORY, ERR_LIMIT. */
NODISCARD WAITS int rewrite_do(struct rewrite *w);
void rewrite_undo(struct rewrite *w);
/* All have.  Fills added, removed, sender, body. */
NODISCARD int rewrite_tell(struct rewrite *w, struct inspect_judge_reply *out);

#endif
