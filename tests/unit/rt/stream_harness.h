/* tests/unit/rt/stream_harness.h - pairs of connected streams. */
#ifndef TESTS_UNIT_RT_STREAM_HARNESS_H
#define TESTS_UNIT_RT_STREAM_HARNESS_H

#include <arpa/inet.h>
#include <unistd.h>

#include "fibre_harness.h"
#include "rt/stream/stream.h"

/* A stream and the plain, non-blocking other end of its Unix socket. */
static inline struct stream *stream_and_fd(int *other)
{
	int fd[2];
	struct stream *s = NULL;
	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
	CHECK_INT(stream_open_fd(fd[0], &s), 0);
	*other = fd[1];
	return s;
}

/* Sends it all; the tests send less than a socket holds. */
static inline void feed(int fd, struct span octets)
{
	CHECK_INT(send(fd, octets.p, octets.n, MSG_NOSIGNAL), octets.n);
}

/* Lets everybody run until nothing more happens without new input. */
static inline void settle(void)
{
	for (int i = 0; i < 4; i++)
		CHECK_INT(fibre_yield(), 0);
}

static inline struct address loopback(uint16_t port)
{
	struct address a = { .in = { .sin_family = AF_INET,
		                     .sin_port = htons(port),
		                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
		             .len = sizeof(struct sockaddr_in) };
	return a;
}

/* A listening socket on a free port of the loopback; *at is its address. */
static inline int listening(struct address *at, int backlog)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	test_time_calm(TEST_CALM_TCP);
	*at = loopback(0);
	CHECK_INT(bind(fd, &at->sa, at->len), 0);
	CHECK_INT(listen(fd, backlog), 0);
	CHECK_INT(getsockname(fd, &at->sa, &at->len), 0);
	return fd;
}

struct accepted {
	struct stream *s;
	struct cond there;
};

static inline void on_accepted(struct stream *s, void *arg)
{
	struct accepted *a = arg;
	a->s = s;
	cond_signal(&a->there);
}

/* Two ends of a TCP connection over a listener of ours. */
static inline void tcp_pair(struct stream **client, struct stream **server)
{
	struct accepted a = { 0 };
	struct listener *l;
	struct address at;
	cond_init(&a.there);
	CHECK_INT(listener_open(listening(&at, 8), on_accepted, &a, &l), 0);
	CHECK_INT(stream_connect(&at, client), 0);
	if (!a.s)
		CHECK_INT(cond_wait(&a.there, "accept"), 0);
	*server = a.s;
	listener_close(l);
}

#endif
