/* courier/state.h - what the deliveries of a process share.  Floor 5. */
#ifndef COURIER_STATE_H
#define COURIER_STATE_H

#include "courier/destination.h"
#include "courier/pool.h"

struct courier {
	const struct settings *set;
	struct self self;
	struct avoid avoid;
	struct destination_rules rules;
	struct tls_context *tls; /* opportunistic: verifies nothing */
	struct pool pool;
};

extern struct courier courier;

#endif
