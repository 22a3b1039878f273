/* auth/fair.h - a queue that is fair between networks.  Floor 3; pure.
 *
 * Start-time fair queuing (Goyal, Vin, Cheng 1996) of equal items: the first item of a network goes
 * into the round that is being served, each further one into the round behind it.  Rounds are
 * served in order, each in order of arrival.  So a network has one item at a time before those of
 * others, however many it has waiting, and what it has too many stands last.
 */
#ifndef AUTH_FAIR_H
#define AUTH_FAIR_H

#include <stdint.h>

#include "base/list.h"

/* One that waits; its owner's memory.  Zeroed: it waits nowhere. */
struct fair_item {
	struct list node;
	struct fair *in; /* NULL: nowhere */
	uint64_t network, round;
};

struct fair {
	struct list items; /* by round */
	size_t n;
	uint64_t round; /* being served */
};

void fair_init(struct fair *f);
/* item->network is set.  O(n). */
void fair_push(struct fair *f, struct fair_item *item);
/* Takes the next out; NULL when nobody waits. */
struct fair_item *fair_pop(struct fair *f);
/* No-op when it waits nowhere. */
void fair_remove(struct fair_item *item);

#endif
