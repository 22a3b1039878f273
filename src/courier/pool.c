/* courier/pool.c - see pool.h. */
#include "courier/pool.h"

void pool_init(struct pool *p, int64_t idle_ms)
{
	*p = (struct pool){ .idle_ms = idle_ms };
	list_init(&p->idle);
	nursery_init(&p->goodbyes);
}

static void take_out(struct pool *p, struct connection *c)
{
	list_remove(&c->idle);
	p->n--;
}

static void say_goodbye(void *arg)
{
	connection_end(arg); /* WAITS */
}

void pool_end(struct pool *p, struct connection *c)
{
	if (nursery_spawn(&p->goodbyes, "courier goodbye", say_goodbye, c) < 0)
		connection_free(c);
}

/* The idle time is over (r < 0), or the server hung up, perhaps saying why. */
static void leave(void *arg, int r)
{
	struct connection *c = arg;

	take_out(c->pool, c);
	if (r < 0)
		pool_end(c->pool, c);
	else
		connection_free(c);
}

static void end_oldest(struct pool *p)
{
	struct connection *c = CONTAINER(p->idle.prev, struct connection, idle);

	if (!stream_unpark(c->stream))
		return; /* it is leaving already */
	take_out(p, c);
	pool_end(p, c);
}

WAITS void pool_put(struct pool *p, struct connection *c)
{
	int64_t until_at = clock_add(clock_now_at(), p->idle_ms);

	if (stream_park(c->stream, until_at, "courier idle", leave, c) < 0) { /* WAITS */
		connection_free(c);
		return;
	}
	c->pool = p;
	list_push_front(&p->idle, &c->idle);
	if (++p->n > POOL_IDLE_MAX)
		end_oldest(p);
}

/* An idle connection to that host and address, alive. */
static struct connection *take_to(struct pool *p, const struct deliver_candidate *to,
                                  const struct deliver_plan *plan)
{
	uint64_t hash = connection_hash(to, plan);
	struct connection *c, *next;

	LIST_EACH_SAFE(c, next, &p->idle, idle) {
		if (c->hash != hash || !span_eq(span_str(c->host), to->host) ||
		    !deliver_tls_serves(c->tls, to->tls) || !stream_unpark(c->stream))
			continue;
		take_out(p, c);
		if (connection_is_alive(c))
			return c;
		connection_free(c);
	}
	return NULL;
}

struct connection *pool_take(struct pool *p, const struct deliver_plan *plan, size_t *candidate)
{
	struct connection *c;

	for (size_t i = 0; p->n && !plan->fresh && i < plan->n_candidates; i++)
		if ((c = take_to(p, &plan->candidates[i], plan))) {
			*candidate = i;
			return c;
		}
	return NULL;
}

WAITS void pool_close(struct pool *p)
{
	struct connection *c, *next;

	LIST_EACH_SAFE(c, next, &p->idle, idle)
		if (stream_unpark(c->stream)) {
			take_out(p, c);
			pool_end(p, c);
		}
	while (p->n && fibre_yield() >= 0) /* WAITS for those that leave by themselves */
		continue;
	(void)nursery_wait(&p->goodbyes); /* WAITS */
}
