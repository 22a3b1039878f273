/* courier/unreachable.h - addresses that could not be reached lately, to be tried last.
 *
 * A fixed table: a new entry may push out an old one, which costs a wait for a
 * connection and no more.  Pure.  Floor 5.
 */
#ifndef COURIER_UNREACHABLE_H
#define COURIER_UNREACHABLE_H

#include "deliver/destination.h"

enum { UNREACHABLE_MS = 60 * 1000, UNREACHABLE_SLOTS = 512 };

struct unreachable {
	struct {
		uint64_t hash;
		int64_t until_at;
	} slots[UNREACHABLE_SLOTS];
};

void unreachable_add(struct unreachable *u, const struct deliver_candidate *c, int64_t now_at);
void unreachable_remove(struct unreachable *u, const struct deliver_candidate *c);
bool unreachable_has(const struct unreachable *u, const struct deliver_candidate *c,
                     int64_t now_at);

/* Of address and port, or of a socket's path; keyed a process. */
uint64_t unreachable_hash(const struct deliver_candidate *c);

#endif
