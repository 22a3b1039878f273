/* policy/penalty.h - what the errors of a source cost it (debts.h), over all protocols of the
 * process that listens: the answer to one waits until its debts permit it.
 */
#ifndef POLICY_PENALTY_H
#define POLICY_PENALTY_H

#include "policy/debts.h"

/* Notes an error, and waits as long as its answer has to, DEBTS_WAIT_MAX at most.  Errors are of
 * the fibre. */
NODISCARD WAITS int penalty_pay(const struct settings *set, const struct address *source);
/* Who waits now waits no longer. */
void penalty_forgive(void);

#endif
