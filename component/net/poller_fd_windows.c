/* component/net/poller_fd_windows.c - all that a poller waits for, as one event object for
 * somebody's loop: a handle, which fits in an int.
 *
 * Events of Winsock tell of what changes.  What a session waits for it has tried before, so that
 * the change is what it waits for.
 */
#include "component/net/poller.h"

static long events_of(const struct poller *p, int fd)
{
	const struct poller_wait *w;
	long events = 0;

	LIST_EACH(w, &p->waits, link)
		if (w->fd == fd)
			events |= (w->events & POLLIN ? FD_READ | FD_ACCEPT | FD_CLOSE : 0) |
			          (w->events & POLLOUT ? FD_WRITE | FD_CONNECT | FD_CLOSE : 0);
	return events;
}

/* A change between a session's last try and this call is there at once: the sets are polled. */
static int is_due(struct poller *p)
{
	const struct poller_wait *w;

	LIST_EACH(w, &p->waits, link) {
		struct pollfd fd = { .fd = (SOCKET)w->fd, .events = w->events };
		if (w->fd >= 0 && socket_poll(&fd, 1, 0) > 0 && fd.revents)
			return 1;
	}
	return 0;
}

int poller_fd(struct poller *p)
{
	struct poller_wait *w;

	if (!p->has_set) {
		HANDLE event = WSACreateEvent();
		if (event == WSA_INVALID_EVENT)
			return err(ERR_LIMIT, "WSACreateEvent: error %d", WSAGetLastError());
		p->set_fd = (int)(intptr_t)event;
		p->has_set = true;
	}
	HANDLE event = (HANDLE)(intptr_t)p->set_fd;
	WSAResetEvent(event);
	LIST_EACH(w, &p->waits, link)
		if (w->fd >= 0 && WSAEventSelect((SOCKET)w->fd, event, events_of(p, w->fd)) != 0)
			return err(ERR_IO, "WSAEventSelect: error %d", WSAGetLastError());
	if (is_due(p))
		WSASetEvent(event);
	return p->set_fd;
}

void poller_fd_close(struct poller *p)
{
	if (p->has_set)
		WSACloseEvent((HANDLE)(intptr_t)p->set_fd);
}
