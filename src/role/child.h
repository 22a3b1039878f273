/* role/child.h - a role's process as its parent keeps it: how it stands, and when it is started
 * (again).
 *
 * Pure: times are arguments, in ms of base/clock.h.
 */
#ifndef ROLE_CHILD_H
#define ROLE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	CHILD_BACKOFF_FIRST_MS = 100, /* from its end to its next start; doubles */
	CHILD_BACKOFF_MAX_MS = 5000,
	CHILD_STEADY_MS = 10000, /* who ran for longer than this begins at the first again */
};

/* Zeroed: it was never started, and is due. */
struct child {
	pid_t pid; /* 0: not running */
	int sock;
	bool ready;
	int64_t started_at, start_at; /* start_at: when to start it (again) */
	int64_t backoff_ms;
};

void child_started(struct child *c, pid_t pid, int sock, int64_t now_at);
void child_ended(struct child *c, int64_t now_at);
/* The system could not start it. */
void child_put_off(struct child *c, int64_t now_at);
bool child_due(const struct child *c, int64_t now_at);
/* ms until one of n is due, as poll takes them: -1 for never. */
int child_wait_ms(const struct child *children, size_t n, int64_t now_at);

#endif
