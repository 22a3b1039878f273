/* role/reach.c - see reach.h. */
#include "role/reach.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/config_route.h"
#include "rt/fibre.h"

/* ---- the parent ---------------------------------------------------------------------- */

static bool has_route(const struct settings *set, struct span path)
{
	struct config_route route;

	for (size_t i = 0; i < set->delivery_routes.n; i++)
		if (config_route_parse(span_str(set->delivery_routes.v[i]), &route) >= 0 &&
		    config_route_is_socket(&route) && span_eq(route.host, path))
			return true;
	return false;
}

int reach_connect(const struct settings *set, struct span path, int *fd)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int s, why = 0;

	if (!has_route(set, path) || path.n >= sizeof to.sun_path)
		return EPERM;
	memcpy(to.sun_path, path.p, path.n);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s < 0)
		return errno;
	if (connect(s, (const struct sockaddr *)&to, sizeof to) < 0) {
		why = errno;
		close(s);
		return why;
	}
	*fd = s;
	return 0;
}

int reach_answer(const struct settings *set, int sock, const struct boot_message *m)
{
	struct pollfd room = { .fd = sock, .events = POLLOUT };
	int fd = -1;
	int why, r;

	if (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT))
		return ERR_AGAIN;
	why = reach_connect(set, span_str(m->text), &fd);
	r = boot_send(sock, BOOT_REACHED, (uint8_t)why, m->text, fd);
	if (fd >= 0)
		close(fd);
	return r;
}

/* ---- the courier --------------------------------------------------------------------- */

struct waiter {
	struct list link;
	struct span path;
	struct cond came;
	bool answered;
	int fd, why;
};

static struct {
	struct list waiters;
	const struct settings *alone;
} reach = { .waiters = LIST_INIT(reach.waiters) };

void reach_alone(const struct settings *set)
{
	reach.alone = set;
}

static int tell(struct span path, int why)
{
	if (why == EPERM)
		return err(ERR_NET, "no line of delivery.routes leads to unix:%.*s",
		           SPAN_ARG(path));
	return err(ERR_NET, "cannot connect to unix:%.*s: %s", SPAN_ARG(path), strerror(why));
}

/* Whose answer it is does not matter: two who ask for a path are given equal things. */
void reach_take(struct boot_message *m)
{
	struct waiter *w;

	LIST_EACH(w, &reach.waiters, link)
		if (span_eq(w->path, span_str(m->text))) {
			w->answered = true;
			w->why = m->arg;
			w->fd = m->fd;
			m->fd = -1;
			list_remove(&w->link);
			cond_signal(&w->came);
			return;
		}
}

static WAITS int ask(struct waiter *w)
{
	char text[BOOT_TEXT_MAX] = "";
	int r;

	if (w->path.n >= sizeof text)
		return err(ERR_TOO_LONG, "the path of a Unix socket");
	memcpy(text, w->path.p, w->path.n);
	cond_init(&w->came);
	list_push_back(&reach.waiters, &w->link);
	r = boot_send(BOOT_FD, BOOT_REACH, 0, text, -1);
	if (r >= 0)
		r = cond_wait(&w->came, "a Unix socket from the parent");
	list_remove(&w->link);
	return w->answered ? 0 : r;
}

WAITS int reach_ask(struct span path, int *fd)
{
	struct waiter w = { .path = path, .fd = -1 };
	int r = 0;

	if (reach.alone)
		w.why = reach_connect(reach.alone, path, &w.fd);
	else
		r = ask(&w); /* WAITS */
	if (r < 0)
		return r;
	if (w.fd < 0)
		return tell(path, w.why);
	*fd = w.fd;
	return 0;
}
