/* queue/schedule/health.c - see health.h. */
#include "queue/schedule/health.h"

#include <stdlib.h>

#include "base/clock.h"

void health_fini(struct health *h)
{
	free(h->cause);
	*h = (struct health){ 0 };
}

void health_good(struct health *h)
{
	health_fini(h);
}

void health_failed(struct health *h, const struct retry_rule *rule, uint64_t seed, int64_t now_at,
                   const struct health_cause *cause)
{
	h->failures++;
	/* While it is dead, attempts that were under way before still come in. */
	if (health_is_dead(h, now_at) || (!h->rounds && h->failures < HEALTH_DEAD_AFTER))
		return;
	if (!h->cause && !(h->cause = malloc(sizeof *h->cause)))
		return;
	*h->cause = *cause;
	h->rounds++;
	h->dead_until_at = clock_add(now_at, retry_wait_ms(rule, h->rounds, seed));
}

bool health_is_dead(const struct health *h, int64_t now_at)
{
	return h->rounds && now_at < h->dead_until_at;
}

bool health_is_probing(const struct health *h, int64_t now_at)
{
	return h->rounds && now_at >= h->dead_until_at;
}
