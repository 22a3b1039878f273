/* intake/defend.h - the judge of mail that comes and goes: what the defence finds, and what follows
 * for each recipient.
 *
 * The inspect role looks (calls/inspect.h); what follows is decided here, where it is known who
 * gets the message: by the step's own default, defence.steps, the words of the recipient's domain
 * and those of its account; for mail that is sent, by those of who sends.  Of several steps the
 * strictest counts, the cheapest first.
 */
#ifndef INTAKE_DEFEND_H
#define INTAKE_DEFEND_H

#include "inspect/steps/steps.h"
#include "intake/judge.h"

/* An intake_judge_fn.  ERR_UNAVAILABLE: inspect is not there, or did not survive the message, or
 * not within DEFEND_MS. */
enum { DEFEND_MS = 60 * 1000 };
NODISCARD WAITS int intake_defend(const struct intake_case *c, struct intake_judgement **judgements,
                                  struct intake_judged *out, void *arg);

/* What is set for recipient i: by steps.def; with the server's words; and with his domain's and
 * account's (of mail that is sent, with those of who sends). */
struct intake_set {
	struct step_actions defaults, server, own;
};
void intake_defend_set(struct intake *in, uint32_t i, struct intake_set *out);

#endif
