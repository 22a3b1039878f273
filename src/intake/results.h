/* intake/results.h - Authentication-Results: ours in front, and none that only says it is ours.
 *
 * RFC 8601 2 (the field), 5 (forged ones are removed where mail comes in).
 */
#ifndef INTAKE_RESULTS_H
#define INTAKE_RESULTS_H

#include "calls/inspect.h"
#include "intake/intake.h"

/* Appends our field.  ERR_UNAVAILABLE: inspect answered what such a field cannot hold. */
NODISCARD int intake_results_put(struct intake *in, const struct inspect_judge_reply *found,
                                 struct buf *prefix);
/* Takes fields that bear our name out of the header section as it is kept. */
NODISCARD int intake_results_strip(struct intake *in);

#endif
