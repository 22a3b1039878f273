/* policy/penalty.c - see penalty.h. */
#include "policy/penalty.h"

#include "rt/fibre.h"
#include "rt/loop.h"

static struct debts debts;
static struct cond forgiven = { .waiters = LIST_INIT(forgiven.waiters) };

WAITS int penalty_pay(const struct settings *set, const struct address *source)
{
	int64_t ms = debts_add(&debts, set, source, loop_now_at());
	int64_t end_at = clock_add(loop_now_at(), ms);

	if (!ms)
		return 0;
	FIBRE_TIMEOUT(ms);
	int r = cond_wait(&forgiven, "the end of a penalty"); /* WAITS */
	return r == ERR_TIMEOUT && loop_now_at() >= end_at ? 0 : r;
}

void penalty_forgive(void)
{
	cond_broadcast(&forgiven);
}
