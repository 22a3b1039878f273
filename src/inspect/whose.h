/* inspect/whose.h - whose mail it is: SPF, DKIM, ARC, DMARC, and what is put down of it.
 *
 * RFC 7208, 6376, 8617, 9989 by the engines of wire/; RFC 8601 for the words.  First the body is
 * hashed, which is computing; then all ask DNS, side by side, for WHOSE_MS at most.  What is not
 * known then is a temperror.
 */
#ifndef INSPECT_WHOSE_H
#define INSPECT_WHOSE_H

#include "inspect/inspection.h"

enum { WHOSE_MS = 20 * 1000 }; /* RFC 7208 4.6.4 wants that much for SPF alone */

struct whose;

/* Lives in mem; to be closed.  NULL: no memory. */
struct whose *whose_open(struct inspection *x);
void whose_close(struct whose *w);
/* Computing alone, on any thread.  Negative: of DKIM nothing is known. */
int whose_look(struct whose *w);
/* ERR_CANCELLED. */
NODISCARD WAITS int whose_ask(struct whose *w);
/* Behind that: what is found, and the results for Authentication-Results.  ERR_NO_MEMORY. */
NODISCARD int whose_spf(struct whose *w, struct inspect_finding *found);
NODISCARD int whose_dkim(struct whose *w, struct inspect_finding *found);
NODISCARD int whose_arc(struct whose *w, struct inspect_finding *found);
NODISCARD int whose_dmarc(struct whose *w, struct inspect_finding *found);
/* The author's domain has no DMARC record, and nothing that passed speaks for it; then, what that
 * means if the domain is one of ours, which is not known here. */
bool whose_is_unproven(const struct whose *w);
NODISCARD int whose_own(struct whose *w, struct inspect_finding *found);
NODISCARD int whose_results(struct whose *w, struct inspect_judge_reply *out);

#endif
