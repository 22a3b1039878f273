/* inspect/inspect.h - the inspect role's work: the steps of the defence that look into a message.
 *
 * Steps are taken in the order of steps.def.  Each is a row in inspect.c and a function of its own
 * file; what blocks or computes for long runs on a thread of the pool.
 */
#ifndef INSPECT_INSPECT_H
#define INSPECT_INSPECT_H

#include "calls/inspect.h"
#include "config/settings.h"
#include "inspect/content.h"

/* One message under inspection.  A step says in *found what it found; `step` and `us` are filled
 * in. Spans live in mem. */
struct inspection {
	const struct settings *set;
	const struct inspect_judge_args *asked;
	const struct content *content;
	struct arena *mem;
};

/* Negative: it could not be done for want of memory or time; INSPECT_UNABLE then. */
typedef int inspect_step_fn(struct inspection *x, struct inspect_finding *found);

inspect_step_fn inspect_attachments;

/* *found's words, cleaned of what is not for a line of text.  ERR_NO_MEMORY. */
NODISCARD int inspect_words(struct inspection *x, struct inspect_finding *found, const char *fmt,
                            ...) PRINTF(3, 4);

/* Registers the call.  alone: this process does nothing else, and ends itself when a message has
 * taken INSPECT_CPU_MS of the processor: some octets found a loop that nobody knows of. */
enum { INSPECT_CPU_MS = 30 * 1000 };
void inspect_serve(const struct settings *set, bool alone);

#endif
