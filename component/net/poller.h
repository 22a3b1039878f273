/* component/net/poller.h - waits for descriptors and times, and calls whom they concern.
 *
 * One poll(2) for all that a client does.  A wait fires once.
 */
#ifndef COMPONENT_NET_POLLER_H
#define COMPONENT_NET_POLLER_H

#include <stdint.h>

#include "base/list.h"
#include "component/net/socket.h"

struct poller {
	struct list waits, ready;
	size_t n;
	struct pollfd *fds;
	struct poller_wait **who;
	size_t room;
	/* For a loop of the program's: poller_fd. */
	int set_fd, *watched;
	size_t n_watched, watched_room;
	bool has_set;
};

struct poller_wait {
	struct list link;
	struct poller *poller;
	int fd; /* -1: time alone */
	short events, happened;
	int64_t until_at;
	/* happened: what poll(2) said, 0 for the time. */
	void (*fn)(void *arg, short happened);
	void *arg;
};

void poller_init(struct poller *p);
void poller_fini(struct poller *p);
/* Instead of what w waited for before; w stays the caller's. */
void poller_wait(struct poller *p, struct poller_wait *w, int fd, short events, int64_t until_at);
void poller_forget(struct poller_wait *w);
/* One descriptor, always the same: it can be read when there is something to turn for, of what is
 * waited for now.  ERR_LIMIT, ERR_IO, ERR_NO_MEMORY. */
NODISCARD int poller_fd(struct poller *p);
void poller_fd_close(struct poller *p);
/* When the first time is over; CLOCK_NEVER: none. */
int64_t poller_next_at(const struct poller *p);
/* Waits for the first, until_at at most, and calls those that are due.  ERR_NO_MEMORY, ERR_IO. */
NODISCARD int poller_turn(struct poller *p, int64_t until_at);

#endif
