/* inspect/inspection.h - one message under inspection, and how a step says what it found.
 *
 * A step says in *found what it found; `step`, and `us` of what is computing alone, are filled in.
 * Spans live in mem.
 */
#ifndef INSPECT_INSPECTION_H
#define INSPECT_INSPECTION_H

#include "calls/inspect.h"
#include "config/settings.h"
#include "inspect/content.h"

struct inspection {
	const struct settings *set;
	const struct inspect_judge_args *asked;
	const struct content *content;
	struct arena *mem;
};

/* *found's words, cleaned of what is not for a line of text.  ERR_NO_MEMORY. */
NODISCARD int inspect_words(struct inspection *x, struct inspect_finding *found, const char *fmt,
                            ...) PRINTF(3, 4);

/* attachments.c: the step.  Negative: it could not be done for want of memory. */
NODISCARD int inspect_attachments(struct inspection *x, struct inspect_finding *found);

#endif
