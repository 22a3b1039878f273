/* intake/judge.h - the seam between prepare and commit: who judges a message, and what he may say.
 *
 * The judge sees the message as it will be kept, and answers for each recipient.  There is none
 * today: everything is accepted.
 */
#ifndef INTAKE_JUDGE_H
#define INTAKE_JUDGE_H

#include "intake/intake.h"

enum intake_decision {
	INTAKE_ACCEPT,
	INTAKE_REFUSE, /* code, enhanced, text of `no`                                  */
	INTAKE_HOLD,   /* a recipient elsewhere waits until the operator lets it go     */
};

struct intake_judgement {
	enum intake_decision decision;
	struct intake_no no;
};

/* What is judged: borrowed. */
struct intake_case {
	const struct intake *message;
	struct span header, body; /* body: empty when it is in the store's file, */
	int file;                 /* which this reads, and nobody writes; -1: none */
	uint64_t body_bytes;
};

/* Fills judgements, one a recipient in their order, INTAKE_ACCEPT before; appends fields to prefix,
 * which is put in front of the message.  Negative: it could not be judged, and is put off. */
typedef int intake_judge_fn(const struct intake_case *c, struct intake_judgement *judgements,
                            struct buf *prefix, void *arg);

/* Who judges from now on; NULL: nobody. */
void intake_judge_set(intake_judge_fn *fn, void *arg);

#endif
