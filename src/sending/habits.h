/* sending/habits.h - does an account send like a spammer?  Three signs, each a number for a time
 * (settings limits.hold_*).  The time is passed in.
 */
#ifndef SENDING_HABITS_H
#define SENDING_HABITS_H

#include "config/settings.h"
#include "sending/window.h"

enum { HABITS_WHY_BYTES = 120 };

struct habits {
	struct window unknown, over;
	struct habits_network {
		uint64_t network; /* hash; 0: none */
		int64_t seen_at;
	} networks[CONFIG_NETWORKS_MAX + 1];
};

/* Each notes one thing, and says whether the sign is there now: *why then tells it. */
bool habits_unknown(struct habits *h, const struct settings *set, uint32_t n, int64_t now_at,
                    char why[HABITS_WHY_BYTES]);
bool habits_over(struct habits *h, const struct settings *set, int64_t now_at,
                 char why[HABITS_WHY_BYTES]);
/* client: text. */
bool habits_network(struct habits *h, const struct settings *set, struct span client,
                    int64_t now_at, char why[HABITS_WHY_BYTES]);

#endif
