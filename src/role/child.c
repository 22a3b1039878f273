/* role/child.c - see child.h. */
#include "role/child.h"

#include "base/clock.h"

void child_started(struct child *c, pid_t pid, int sock, int64_t now_at)
{
	*c = (struct child){ .pid = pid,
		             .sock = sock,
		             .started_at = now_at,
		             .start_at = CLOCK_NEVER,
		             .backoff_ms = c->backoff_ms };
}

void child_ended(struct child *c, int64_t now_at)
{
	bool steady = now_at - c->started_at > CHILD_STEADY_MS;
	int64_t wait_ms = steady || !c->backoff_ms ? CHILD_BACKOFF_FIRST_MS : c->backoff_ms * 2;

	c->pid = 0;
	c->ready = false;
	c->backoff_ms = wait_ms < CHILD_BACKOFF_MAX_MS ? wait_ms : CHILD_BACKOFF_MAX_MS;
	c->start_at = now_at + c->backoff_ms;
}

void child_put_off(struct child *c, int64_t now_at)
{
	c->start_at = now_at + CHILD_BACKOFF_MAX_MS;
}

bool child_due(const struct child *c, int64_t now_at)
{
	return !c->pid && now_at >= c->start_at;
}

int child_wait_ms(const struct child *children, size_t n, int64_t now_at)
{
	int64_t least = CLOCK_NEVER;

	for (size_t i = 0; i < n; i++)
		if (!children[i].pid && children[i].start_at < least)
			least = children[i].start_at;
	if (least == CLOCK_NEVER)
		return -1;
	return least > now_at ? (int)(least - now_at) : 0;
}
