/* queue/schedule/retry.h - when to try again, and when to give up.
 *
 * Sources: RFC 5321 4.5.4.1 (intervals, and giving up after 4-5 days).
 * Pure.  Times are ms since 1970, so that they survive a restart.
 */
#ifndef QUEUE_RETRY_H
#define QUEUE_RETRY_H

#include "base/err.h"
#include "config/settings.h"

enum { RETRY_STEPS_MAX = CONFIG_RETRY_MAX };

struct retry_rule {
	int64_t waits_ms[RETRY_STEPS_MAX]; /* after the 1st, 2nd, ... attempt; the last repeats */
	size_t n;                          /* at least 1 */
	int64_t expiry_ms;                 /* how long after acceptance a recipient is tried */
};

/* What time it is.  A wall clock jumps: it is set right after a start, by hand, or by whoever
 * answers its questions.  steady_ms began as the wall clock at the start and has run evenly since.
 */
struct retry_clock {
	int64_t wall_ms, steady_ms, started_ms;
};

/* From a setting's waits.  ERR_CONFIG: no wait, too many, or no length. */
NODISCARD int retry_rule_make(const char *setting, const struct settings_list *waits,
                              int64_t expiry_ms, struct retry_rule *out);
/* From delivery.retry and delivery.expiry.  ERR_CONFIG: no wait, too many, or no length. */
NODISCARD int retry_rule_from(const struct settings *set, struct retry_rule *out);

/* The wait after `step` attempts (0 counts as 1), up to an eighth longer or shorter by
 * what seed says: the same numbers give the same wait. */
int64_t retry_wait_ms(const struct retry_rule *rule, uint32_t step, uint64_t seed);
/* The longest wait that retry_wait_ms ever gives. */
int64_t retry_wait_max_ms(const struct retry_rule *rule);

/* When to try again, by the wall clock, after an attempt that has just ended, being number
 * `attempt`; the wait is the one after `step` attempts.  Never later than the expiry: one attempt
 * is made there.  0 when the expiry is reached: give up.
 *
 * The age is by whichever clock makes it younger.  When neither knows, since both are before the
 * acceptance, it is the waits that so many attempts had between them.  For a while after a start
 * (RETRY_GRACE_MS, but at most half of the expiry) nothing is given up but what has been tried as
 * often as in a whole life: the server may have been off, or the clock wrong before it or since. */
enum { RETRY_GRACE_MS = 4 * 60 * 60 * 1000 };
int64_t retry_next_ms(const struct retry_rule *rule, int64_t accepted_ms,
                      const struct retry_clock *now, uint32_t attempt, uint32_t step,
                      uint64_t seed);

#endif
