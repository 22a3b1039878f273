/* queue/schedule/health.h - is a destination worth a connection?
 *
 * After HEALTH_DEAD_AFTER attempts in a row that did not get as far as a greeting, a
 * destination counts as dead for a while: what falls due for it meanwhile is put off
 * without an attempt of its own, instead of every message knocking at the same closed
 * door.  When the while is over one attempt is let through; its end decides.  The whiles
 * follow delivery.retry.  Pure; _at is the monotonic clock.
 */
#ifndef QUEUE_HEALTH_H
#define QUEUE_HEALTH_H

#include "queue/schedule/retry.h"

enum { HEALTH_DEAD_AFTER = 5, HEALTH_TEXT_MAX = 120 };

/* What the latest failure was, for the records of what is put off because of it. */
struct health_cause {
	uint8_t class;              /* enum smtp_class */
	int64_t time_ms;            /* wall clock      */
	char text[HEALTH_TEXT_MAX]; /* cut at that, NUL-terminated */
};

struct health {
	uint32_t failures; /* in a row */
	uint32_t rounds;   /* times found dead since it last answered */
	int64_t dead_until_at;
	struct health_cause *cause; /* NULL until it was found dead; owned */
};

void health_fini(struct health *h);
/* It answered. */
void health_good(struct health *h);
/* An attempt got no greeting. */
void health_failed(struct health *h, const struct retry_rule *rule, uint64_t seed, int64_t now_at,
                   const struct health_cause *cause);
bool health_is_dead(const struct health *h, int64_t now_at);
/* It was dead, and one attempt is to show whether it still is. */
bool health_is_probing(const struct health *h, int64_t now_at);

#endif
