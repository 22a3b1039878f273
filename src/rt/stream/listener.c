/* rt/stream/listener.c - accepts connections for ever. */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "rt/stream/stream_impl.h"

enum {
	BURST_MAX = 64, /* most accepted before the loop turns */
	PAUSE_MS = 100, /* when descriptors or memory are out (threats 3.60) */
};

struct listener {
	uv_poll_t poll;
	int fd;
	unsigned burst;
	void (*fn)(struct stream *s, void *arg);
	void *arg;
	struct loop_timer pause;
	bool closed;
};

static void on_connections(uv_poll_t *poll, int status, int events);

static void go_on(void *arg)
{
	struct listener *l = arg;
	uv_poll_start(&l->poll, UV_READABLE, on_connections);
}

/* 0, ERR_AGAIN when no more wait, or ERR_LIMIT. */
static int accept_one(struct listener *l)
{
	struct address peer = { 0 };
	struct stream *s;
	peer.len = sizeof(peer.in6);
	int fd = accept4(l->fd, &peer.sa, &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	stream_counts.accepts++;
	if (fd < 0)
		switch (errno) {
		case EAGAIN: return ERR_AGAIN;
		case EINTR:
		case ECONNABORTED:
		case EPROTO:
		case EPERM: return 0;
		default: return ERR_LIMIT;
		}
	if (stream_open_fd(fd, &s) < 0)
		return ERR_LIMIT;
	if (peer.sa.sa_family == AF_INET || peer.sa.sa_family == AF_INET6)
		s->peer = peer;
	l->fn(s, l->arg);
	return 0;
}

/* Level-triggered: what is left comes in the next turn.  One connection alone is
 * taken without asking for a second; when more wait, the burst doubles. */
static void on_connections(uv_poll_t *poll, int status, int events)
{
	struct listener *l = poll->data;
	int r = status < 0 ? ERR_LIMIT : 0;
	(void)events;
	for (unsigned i = 0; i < l->burst && r == 0 && !l->closed; i++)
		r = accept_one(l);
	l->burst = r == 0 ? (l->burst < BURST_MAX ? 2 * l->burst : BURST_MAX) : 1;
	if (r == ERR_LIMIT && !l->closed) {
		uv_poll_stop(&l->poll);
		loop_timer_start(&l->pause, loop_now_at() + PAUSE_MS, go_on, l);
	}
	loop_turn();
}

/* Each accepted connection inherits it.  A peer that is gone without a word is known after
 * QUIET_S + PROBES * PROBE_S; one that waits for news (IDLE) sends nothing by itself. */
static void set_options(int fd)
{
	enum { QUIET_S = 300, PROBE_S = 30, PROBES = 4 };
	static const struct {
		int level, name, value;
	} options[] = { { IPPROTO_TCP, TCP_NODELAY, 1 },
		        { SOL_SOCKET, SO_KEEPALIVE, 1 },
		        { IPPROTO_TCP, TCP_KEEPIDLE, QUIET_S },
		        { IPPROTO_TCP, TCP_KEEPINTVL, PROBE_S },
		        { IPPROTO_TCP, TCP_KEEPCNT, PROBES } };

	for (size_t i = 0; i < N_ELEMS(options); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value,
		           sizeof options[i].value);
}

int listener_open(int fd, void (*fn)(struct stream *s, void *arg), void *arg, struct listener **out)
{
	struct listener *l = calloc(1, sizeof *l);
	int r = l ? uv_poll_init(loop_uv(), &l->poll, fd) : 0;
	if (!l || r < 0) {
		free(l);
		close(fd);
		return l ? err(ERR_NET, "listener: %s", uv_strerror(r))
		         : err(ERR_NO_MEMORY, "memory of a listener");
	}
	set_options(fd);
	l->poll.data = l;
	l->fd = fd;
	l->burst = 1;
	l->fn = fn;
	l->arg = arg;
	uv_poll_start(&l->poll, UV_READABLE, on_connections);
	*out = l;
	return 0;
}

static void on_closed(uv_handle_t *poll)
{
	free(poll->data);
}

void listener_close(struct listener *l)
{
	if (!l)
		return;
	l->closed = true;
	loop_timer_stop(&l->pause);
	uv_close((uv_handle_t *)&l->poll, on_closed);
	close(l->fd);
}
