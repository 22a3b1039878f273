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
#include "wire/message/names/names.h"

struct inspection {
	const struct settings *set;
	const struct inspect_judge_args *asked;
	const struct content *content;
	struct arena *mem;
};

/* *found's words, cleaned of what is not for a line of text.  ERR_NO_MEMORY. */
NODISCARD int inspect_words(struct inspection *x, struct inspect_finding *found, const char *fmt,
                            ...) PRINTF(3, 4);
/* Likewise what who sends it is told instead of them. */
NODISCARD int inspect_told(struct inspection *x, struct inspect_finding *found, const char *fmt,
                           ...) PRINTF(3, 4);

/* A file's name in a finding's words, in whole characters: of a long one the end counts. */
enum { INSPECT_SHOWN_MAX = 120 };
struct span inspect_shown(struct span name, size_t max);

/* files.c: the names of a message's files, and what they are.  1: *found says why one is not taken.
 * ERR_NO_MEMORY. */
NODISCARD int inspect_files(struct inspection *x, struct arena *mem, struct inspect_finding *found,
                            struct message_names *names);

/* attachments.c: the step.  Negative: it could not be done for want of memory. */
NODISCARD int inspect_attachments(struct inspection *x, struct inspect_finding *found);
bool inspect_needs_stack(const struct inspection *x); /* more than a fibre has */

/* wanted.c: the message's features, for who asks the store what they mean.  ERR_NO_MEMORY. */
NODISCARD int inspect_wanted(struct inspection *x, struct inspect_judge_reply *out);

#endif
