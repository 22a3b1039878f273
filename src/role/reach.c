/* role/reach.c - see reach.h. */
#include "role/reach.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/config_endpoint.h"
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

static bool is_milter(const struct settings *set, struct span endpoint)
{
	for (size_t i = 0; i < set->defence_milters.n; i++)
		if (span_eq(endpoint, span_str(set->defence_milters.v[i])))
			return true;
	return false;
}

bool reach_permits(const struct settings *set, enum role who, struct span endpoint)
{
	switch (who) {
	case ROLE_COURIER: return has_route(set, endpoint);
	case ROLE_INSPECT:
		return endpoint.n &&
		       (span_eq(endpoint, config_clamd(set)) ||
		        span_eq(endpoint, config_rspamd(set)) || is_milter(set, endpoint));
	default: return false;
	}
}

static int connect_to(const struct sockaddr *to, socklen_t n, int *fd)
{
	int why, s = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (s < 0)
		return errno;
	if (connect(s, to, n) < 0 && errno != EINPROGRESS) {
		why = errno;
		close(s);
		return why;
	}
	*fd = s;
	return 0;
}

/* Never waits.  0, or a number of errno(3): EAGAIN when its server's queue is full. */
static int reach(struct span endpoint, int *fd)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct config_endpoint e;

	if (config_endpoint_parse(endpoint, &e) < 0)
		return EINVAL;
	if (!e.path.n)
		return connect_to(&e.address.sa, e.address.len, fd);
	memcpy(to.sun_path, e.path.p, e.path.n);
	return connect_to((const struct sockaddr *)&to, sizeof to, fd);
}

int reach_answer(const struct settings *set, enum role who, int sock, const struct boot_message *m)
{
	struct pollfd room = { .fd = sock, .events = POLLOUT };
	struct span endpoint = span_str(m->text);
	int fd = -1;
	int why, r;

	if (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT))
		return ERR_AGAIN;
	why = reach_permits(set, who, endpoint) ? reach(endpoint, &fd) : EPERM;
	r = boot_send(sock, BOOT_REACHED, (uint8_t)why, m->text, fd);
	if (fd >= 0)
		close(fd);
	return r;
}

/* ---- the role ------------------------------------------------------------------------ */

struct waiter {
	struct list link;
	struct span endpoint;
	struct cond came;
	bool answered;
	int fd, why;
};

static struct {
	struct list waiters;
	bool alone;
} role = { .waiters = LIST_INIT(role.waiters) };

void reach_alone(void)
{
	role.alone = true;
}

static int tell(struct span endpoint, int why)
{
	const char *kind = endpoint.p[0] == '/' ? "unix:" : "";

	if (why == EPERM)
		return err(ERR_NET, "no setting leads to %s%.*s", kind, SPAN_ARG(endpoint));
	return err(why == ENOENT ? ERR_NOT_FOUND : ERR_NET, "cannot connect to %s%.*s: %s", kind,
	           SPAN_ARG(endpoint), strerror(why));
}

/* Whose answer it is does not matter: two who ask for one are given equal things. */
void reach_take(struct boot_message *m)
{
	struct waiter *w;

	LIST_EACH(w, &role.waiters, link)
		if (span_eq(w->endpoint, span_str(m->text))) {
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

	if (w->endpoint.n >= sizeof text)
		return err(ERR_TOO_LONG, "an endpoint");
	memcpy(text, w->endpoint.p, w->endpoint.n);
	cond_init(&w->came);
	list_push_back(&role.waiters, &w->link);
	r = boot_send(BOOT_FD, BOOT_REACH, 0, text, -1);
	if (r >= 0)
		r = cond_wait(&w->came, "a connection from the parent");
	list_remove(&w->link);
	return w->answered ? 0 : r;
}

WAITS int reach_ask(struct span endpoint, int *fd)
{
	struct waiter w = { .endpoint = endpoint, .fd = -1 };
	int r = 0;

	if (role.alone)
		w.why = reach(endpoint, &w.fd);
	else
		r = ask(&w); /* WAITS */
	if (r < 0)
		return r;
	if (w.fd < 0)
		return tell(endpoint, w.why);
	*fd = w.fd;
	return 0;
}
