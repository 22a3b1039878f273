/* intake/wanted.h - whether a message is wanted: what the inspect role saw of it, and what the
 * store has learned of the like. */
#ifndef INTAKE_WANTED_H
#define INTAKE_WANTED_H

#include "calls/inspect.h"
#include "intake/intake.h"

/* Until enough was learned nothing can be said of any message: then what the store has told of
 * these recipients, and none needs to be read for it; NULL: it is to be read. */
struct intake_unlearned;
WAITS const struct intake_unlearned *intake_wanted_unlearned(const struct intake *in,
                                                             struct arena *mem);

/* Adds to *found the finding of the step `wanted`, of all recipients the worst; of[i] is that of
 * the i-th, by what its account has told.  Nothing, when inspect did not look and had to (unlearned
 * NULL).  ERR_NO_MEMORY,
 * ERR_CANCELLED: what the store does not answer is a finding too. */
NODISCARD WAITS int intake_wanted(const struct intake *in, struct arena *mem,
                                  const struct intake_unlearned *unlearned,
                                  struct inspect_judge_reply *found,
                                  const struct inspect_finding **of);

/* Tells the store that a message was wanted, or not; enum learn_what.  The inspect role looks at
 * it, of which the front alone counts.  ticket: as calls/learn.h has it. */
struct learn_message_reply;
NODISCARD WAITS int intake_teach(struct span ticket, bool server, uint8_t what, struct span message,
                                 struct arena *mem, struct learn_message_reply *out);

#endif
