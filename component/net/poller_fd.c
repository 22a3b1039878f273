/* component/net/poller_fd.c - all that a poller waits for, as one descriptor for somebody's loop.
 *
 * epoll(7): the set is put in order when it is asked for, so that turning costs nothing where
 * nobody asks.
 */
#include "component/net/poller.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* What libunbound reads and writes by two events has one place in the set. */
static short events_of(const struct poller *p, int fd)
{
	const struct poller_wait *w;
	short events = 0;

	LIST_EACH(w, &p->waits, link)
		if (w->fd == fd)
			events |= w->events;
	return events;
}

static int add(struct poller *p, int fd)
{
	struct epoll_event event = { .events = (uint32_t)(unsigned short)events_of(p, fd) };

	if (epoll_ctl(p->set_fd, EPOLL_CTL_ADD, fd, &event) < 0 && errno != EEXIST)
		return err_errno(ERR_IO, "epoll_ctl");
	p->watched[p->n_watched++] = fd;
	return 0;
}

static int make_room(struct poller *p)
{
	int *watched;

	if (p->n <= p->watched_room)
		return 0;
	watched = realloc(p->watched, 2 * p->n * sizeof *watched);
	if (!watched)
		return err(ERR_NO_MEMORY, "no memory to wait");
	p->watched = watched;
	p->watched_room = 2 * p->n;
	return 0;
}

int poller_fd(struct poller *p)
{
	struct poller_wait *w;
	int r = make_room(p);

	if (r >= 0 && !p->has_set) {
		p->set_fd = epoll_create1(EPOLL_CLOEXEC);
		p->has_set = p->set_fd >= 0;
		r = p->has_set ? 0 : err_errno(ERR_LIMIT, "epoll_create1");
	}
	if (r < 0)
		return r;
	/* One that was closed meanwhile is gone from the set by itself. */
	while (p->n_watched)
		epoll_ctl(p->set_fd, EPOLL_CTL_DEL, p->watched[--p->n_watched], NULL);
	LIST_EACH(w, &p->waits, link)
		if (w->fd >= 0 && r >= 0)
			r = add(p, w->fd);
	return r < 0 ? r : p->set_fd;
}

void poller_fd_close(struct poller *p)
{
	if (p->has_set)
		close(p->set_fd);
	free(p->watched);
}
