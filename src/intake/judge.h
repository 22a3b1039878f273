/* intake/judge.h - the seam between prepare and commit: who judges a message, and what he may say.
 *
 * The judge sees the message as it will be kept, and answers for each recipient.  With none,
 * everything is accepted.
 */
#ifndef INTAKE_JUDGE_H
#define INTAKE_JUDGE_H

#include "intake/intake.h"

enum intake_decision {
	INTAKE_ACCEPT,
	INTAKE_REFUSE, /* code, enhanced, text of `no`                                  */
	INTAKE_HOLD,   /* a recipient elsewhere waits until the operator lets it go     */
};

/* One recipient's.
 *   mailbox  enum mailbox_role: of one here, where the message goes instead of where it would: with
 *            INTAKE_REFUSE, when that cannot be told
 *   prefix   fields in front for one here alone; lives in the message's memory
 *   followed, by  enum step_action and enum step, for the record; 0: nothing followed */
struct intake_judgement {
	enum intake_decision decision;
	struct intake_no no;
	uint8_t mailbox, followed, by;
	struct span prefix;
};

/* Of the message.  prefix: fields in front for all.  found: the octets of its item VERDICTS
 * (calls/record_found.h); empty for none. */
struct intake_judged {
	struct buf *prefix, *found;
};

/* What is judged: borrowed. */
struct intake_case {
	struct intake *message;   /* what lives as long as it does may be put into its memory */
	struct span header, body; /* body: empty when it is in the store's file, */
	int file;                 /* which this reads, and nobody writes; -1: none */
	uint64_t body_bytes;
};

/* Fills *judgements, one a recipient in their order, INTAKE_ACCEPT before, and *out; who adds
 * recipients puts a longer list there.  Negative: it could not be judged, and is put off. */
typedef int intake_judge_fn(const struct intake_case *c, struct intake_judgement **judgements,
                            struct intake_judged *out, void *arg);

/* At the content's end: what intake_commit would find and decide, one judgement a recipient;
 * nothing is kept, and the log hears nothing.  What was found is in in->found, fields for all in
 * in->prefix. ERR_REFUSED: in->no says why, whoever judges. */
NODISCARD WAITS int intake_try(struct intake *in, struct intake_judgement **out);

/* Who judges from now on; NULL: nobody. */
void intake_judge_set(intake_judge_fn *fn, void *arg);

#endif
