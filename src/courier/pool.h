/* courier/pool.h - idle connections, kept for the next message.  Floor 5.
 *
 * An idle connection is a parked record: it costs no fibre, and it leaves by
 * itself when the server hangs up or delivery.idle_time is over.
 */
#ifndef COURIER_POOL_H
#define COURIER_POOL_H

#include "courier/connection.h"

enum { POOL_IDLE_MAX = 200 };

struct pool {
	struct list idle; /* newest first */
	size_t n;
	int64_t idle_ms;
	struct nursery goodbyes;
};

void pool_init(struct pool *p, int64_t idle_ms);
/* An idle connection that serves the plan, still alive, and which candidate it leads to; or
 * NULL. */
struct connection *pool_take(struct pool *p, const struct deliver_plan *plan, size_t *candidate);
/* Takes over a connection whose client is idle.  Past POOL_IDLE_MAX the oldest ends. */
WAITS void pool_put(struct pool *p, struct connection *c);
/* Takes over a connection and says goodbye on it in a fibre of its own. */
void pool_end(struct pool *p, struct connection *c);
/* Ends all and waits for it. */
WAITS void pool_close(struct pool *p);

#endif
