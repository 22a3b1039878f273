/* queue/attempts/outcome.h - what became of an attempt, as records.
 *
 * The courier reads what strangers send and may have been taken over: its words are
 * cleaned and cut, its numbers checked, its recipients compared with the entry's.  Pure.
 */
#ifndef QUEUE_ATTEMPTS_OUTCOME_H
#define QUEUE_ATTEMPTS_OUTCOME_H

#include "queue/schedule/schedule.h"

struct outcome_time {
	struct retry_clock now;
	uint32_t step; /* of the retry rule; at least 1 */
};

/* Are these the outcomes of e's recipients, in their order?  ERR_SYNTAX. */
NODISCARD int outcome_check(const struct entry *e, const struct courier_outcomes *got);
/* The same outcome for each of e's recipients.  ERR_NO_MEMORY. */
NODISCARD int outcome_same(const struct entry *e, const struct courier_outcome *o,
                           struct arena *mem, struct courier_outcomes *out);
/* A failure of our own: temporary, without a reply. */
struct courier_outcome outcome_local(const char *text);
/* No recipient got as far as a greeting, and for want of an answer from the destination. */
bool outcome_is_unreached(const struct courier_outcomes *got);

/* The record of recipient i's outcome, attempt being the number it gets; o's text is
 * borrowed or copied to mem. */
void outcome_record(const struct retry_rule *rule, const struct entry *e, size_t i,
                    const struct courier_outcome *o, uint32_t attempt,
                    const struct outcome_time *time, struct arena *mem, struct record_change *out);

#endif
