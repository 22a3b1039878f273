/* component/net/poller.c - see poller.h. */
#include "component/net/poller.h"

#include <stdlib.h>

#include "base/clock.h"

void poller_init(struct poller *p)
{
	*p = (struct poller){ 0 };
	list_init(&p->waits);
	list_init(&p->ready);
}

void poller_fini(struct poller *p)
{
	free(p->fds);
	free(p->who);
	poller_fd_close(p);
}

void poller_forget(struct poller_wait *w)
{
	if (!list_linked(&w->link))
		return;
	list_remove(&w->link);
	w->poller->n--;
}

void poller_wait(struct poller *p, struct poller_wait *w, int fd, short events, int64_t until_at)
{
	poller_forget(w);
	w->poller = p;
	w->fd = fd;
	w->events = events;
	w->until_at = until_at;
	list_push_back(&p->waits, &w->link);
	p->n++;
}

int64_t poller_next_at(const struct poller *p)
{
	const struct poller_wait *w;
	int64_t at = CLOCK_NEVER;

	LIST_EACH(w, &p->waits, link)
		if (w->until_at < at)
			at = w->until_at;
	return at;
}

static int make_room(struct poller *p)
{
	size_t room = p->room ? p->room : 16;

	while (room < p->n)
		room *= 2;
	if (room == p->room)
		return 0;
	struct pollfd *fds = realloc(p->fds, room * sizeof *fds);
	if (fds)
		p->fds = fds;
	struct poller_wait **who = realloc(p->who, room * sizeof *who);
	if (who)
		p->who = who;
	if (!fds || !who)
		return err(ERR_NO_MEMORY, "no memory to wait");
	p->room = room;
	return 0;
}

static int ms_until(int64_t at)
{
	int64_t left = at - clock_now_at();

	return left <= 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/* Those whose descriptor or time has come. */
static void find_ready(struct poller *p, size_t n)
{
	int64_t now_at = clock_now_at();
	struct poller_wait *w, *next;

	for (size_t i = 0; i < n; i++)
		p->who[i]->happened = p->fds[i].revents;
	LIST_EACH_SAFE(w, next, &p->waits, link)
		if ((w->fd >= 0 && w->happened) || w->until_at <= now_at) {
			list_remove(&w->link);
			list_push_back(&p->ready, &w->link);
		}
}

int poller_turn(struct poller *p, int64_t until_at)
{
	struct poller_wait *w;
	size_t n = 0;
	int r = make_room(p);

	if (r < 0)
		return r;
	LIST_EACH(w, &p->waits, link) {
		w->happened = 0;
		if (w->until_at < until_at)
			until_at = w->until_at;
		if (w->fd < 0)
			continue;
		p->who[n] = w;
		p->fds[n++] = (struct pollfd){ .fd = w->fd, .events = w->events };
	}
	r = socket_poll(p->fds, n, ms_until(until_at));
	if (r < 0)
		return r == ERR_AGAIN ? 0 : r;
	find_ready(p, n);
	while ((w = LIST_FIRST(&p->ready, struct poller_wait, link))) {
		poller_forget(w);
		w->fn(w->arg, w->happened);
	}
	return 0;
}
