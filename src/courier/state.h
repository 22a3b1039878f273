/* courier/state.h - what the attempts of a process share.  Floor 5. */
#ifndef COURIER_STATE_H
#define COURIER_STATE_H

#include "courier/own_addresses.h"
#include "courier/pool.h"
#include "courier/unreachable.h"

struct courier {
	const struct settings *set;
	struct own_addresses own;
	struct unreachable unreachable;
	struct deliver_rules rules;
	struct connection_rules connections;
	struct pool pool;
	struct list attempts; /* under way; see attempt.c */
	bool stopping;
};

extern struct courier courier;

#endif
