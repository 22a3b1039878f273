/* queue/schedule/retry.h - when to try again, and when to give up.
 *
 * Sources: RFC 5321 4.5.4.1 (intervals, and giving up after 4-5 days).
 * Pure.  All times are wall clock, ms since 1970, so that they survive a restart.
 */
#ifndef QUEUE_RETRY_H
#define QUEUE_RETRY_H

#include "base/err.h"
#include "config/settings.h"

enum { RETRY_STEPS_MAX = 32 };

struct retry_rule {
	int64_t waits_ms[RETRY_STEPS_MAX]; /* after the 1st, 2nd, ... attempt; the last repeats */
	size_t n;                          /* at least 1 */
	int64_t expiry_ms;                 /* how long after acceptance a recipient is tried */
};

/* From delivery.retry and delivery.expiry.  ERR_CONFIG: no wait, too many, or no length. */
NODISCARD int retry_rule_from(const struct settings *set, struct retry_rule *out);

/* The wait after `step` attempts (0 counts as 1), up to an eighth longer or shorter by
 * what seed says: the same numbers give the same wait. */
int64_t retry_wait_ms(const struct retry_rule *rule, uint32_t step, uint64_t seed);
/* The longest wait that retry_wait_ms ever gives. */
int64_t retry_wait_max_ms(const struct retry_rule *rule);

/* When to try again after an attempt that ended at now_ms, being number `attempt`; the wait
 * is the one after `step` attempts.  Never later than the expiry: one attempt is made there.
 * 0 when the expiry is reached: give up.
 *
 * A clock that was set back to before the acceptance says nothing about the age; the age is
 * then taken from the waits that so many attempts had between them. */
int64_t retry_next_ms(const struct retry_rule *rule, int64_t accepted_ms, int64_t now_ms,
                      uint32_t attempt, uint32_t step, uint64_t seed);

#endif
