/* inspect/milter.h - the step milter: other people's mail filters see the message.
 *
 * A filter is made for the dialogue, and is told it at its end: connection, envelope, header and
 * body in one go.  What it answers to any of that counts for the message, what it answers to a
 * recipient for that one.
 */
#ifndef INSPECT_MILTER_H
#define INSPECT_MILTER_H

#include "inspect/inspection.h"
#include "rt/fibre.h"

/* Connects to an endpoint of the settings: 0 and a socket. */
typedef WAITS int milter_reach_fn(struct span endpoint, int *fd);
void milter_use(milter_reach_fn *reach);

/* Whether it answers as a filter does: 0, or why not. */
struct milter_terms;
NODISCARD WAITS int milter_probe(struct span endpoint, struct milter_terms *out);

/* All of defence.milters, until one decides.  Refusals and edits go into *out.  ERR_CANCELLED,
 * ERR_NO_MEMORY. */
NODISCARD WAITS int inspect_milters(struct inspection *x, struct inspect_finding *found,
                                    struct inspect_judge_reply *out);

#endif
