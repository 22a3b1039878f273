/* courier/avoid.h - addresses that could not be reached lately, to be tried last.
 *
 * A fixed table: a new entry may push out an old one, which costs a wait for a
 * connection and no more.  Pure.  Floor 5.
 */
#ifndef COURIER_AVOID_H
#define COURIER_AVOID_H

#include "rt/stream.h"

enum { AVOID_MS = 60 * 1000, AVOID_SLOTS = 512 };

struct avoid {
	struct {
		uint64_t hash;
		int64_t until_at;
	} slots[AVOID_SLOTS];
};

void avoid_add(struct avoid *v, const struct address *a, int64_t now_at);
void avoid_remove(struct avoid *v, const struct address *a);
bool avoid_has(const struct avoid *v, const struct address *a, int64_t now_at);

#endif
