/* component/net/socket.c - POSIX; see socket.h. */
#include "component/net/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

union at {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static socklen_t address_of(const struct ip *ip, uint16_t port, union at *at)
{
	memset(at, 0, sizeof *at);
	if (ip->n == 16) {
		at->in6.sin6_family = AF_INET6;
		at->in6.sin6_port = htons(port);
		memcpy(&at->in6.sin6_addr, ip->octets, 16);
		return sizeof at->in6;
	}
	at->in.sin_family = AF_INET;
	at->in.sin_port = htons(port);
	memcpy(&at->in.sin_addr, ip->octets, 4);
	return sizeof at->in;
}

/* ERR_UNAVAILABLE: this machine has no way to such addresses (no IPv6). */
static int cannot_connect(void)
{
	bool none = errno == ENETUNREACH || errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT;

	return none ? err_errno(ERR_UNAVAILABLE, "connect") : err_errno(ERR_NET, "connect");
}

static int connect_to(const union at *at, socklen_t n, int *out)
{
	int one = 1, fd = socket(at->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return errno == EAFNOSUPPORT ? cannot_connect() : err_errno(ERR_NET, "socket");
	if (at->sa.sa_family != AF_UNIX)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(fd, &at->sa, n) < 0 && errno != EINPROGRESS) {
		int r = cannot_connect();
		close(fd);
		return r;
	}
	*out = fd;
	return 0;
}

int socket_connect(const struct ip *ip, uint16_t port, int *out)
{
	union at at;
	socklen_t n = address_of(ip, port, &at);

	return connect_to(&at, n, out);
}

int socket_connect_path(struct span path, int *out)
{
	union at at;

	memset(&at, 0, sizeof at);
	at.un.sun_family = AF_UNIX;
	if (path.n >= sizeof at.un.sun_path)
		return err(ERR_TOO_LONG, "%.*s: too long for a socket's path", SPAN_ARG(path));
	memcpy(at.un.sun_path, path.p, path.n);
	return connect_to(&at, sizeof at.un, out);
}

/* The system chooses the port, at random. */
int socket_open_datagrams(const struct ip *ip, uint16_t port, int *out)
{
	union at at;
	socklen_t n = address_of(ip, port, &at);
	int fd = socket(at.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_errno(ERR_NET, "socket");
	if (connect(fd, &at.sa, n) < 0) {
		int r = err_errno(ERR_NET, "connect");
		close(fd);
		return r;
	}
	*out = fd;
	return 0;
}

int socket_connected(int fd)
{
	int e = 0;
	socklen_t n = sizeof e;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &n) < 0)
		e = errno;
	if (e == ECONNRESET) /* it stood, and was reset at once: reading tells */
		return 0;
	errno = e;
	return e ? cannot_connect() : 0;
}

void socket_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

int socket_read(int fd, char *p, size_t n)
{
	ssize_t r;

	do
		r = recv(fd, p, n, 0);
	while (r < 0 && errno == EINTR);
	if (r > 0)
		return (int)r;
	if (r == 0)
		return err(ERR_CLOSED, "the other side closed the connection");
	return errno == EAGAIN ? ERR_AGAIN : err_errno(ERR_NET, "read");
}

int socket_write(int fd, struct span octets)
{
	ssize_t r;

	do
		r = send(fd, octets.p, octets.n, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	if (r >= 0)
		return (int)r;
	return errno == EAGAIN ? ERR_AGAIN : err_errno(ERR_NET, "write");
}

int socket_poll(struct pollfd *fds, size_t n, int ms)
{
	int r = poll(fds, (nfds_t)n, ms);

	if (r >= 0)
		return r;
	return errno == EINTR ? ERR_AGAIN : err_errno(ERR_IO, "poll");
}

struct ip socket_own_ip(int fd)
{
	union at at;
	socklen_t n = sizeof at;
	struct ip own = { 0 };

	memset(&at, 0, sizeof at);
	if (getsockname(fd, &at.sa, &n) < 0)
		return own;
	if (at.sa.sa_family == AF_INET6) {
		own.n = 16;
		memcpy(own.octets, &at.in6.sin6_addr, 16);
	} else if (at.sa.sa_family == AF_INET) {
		own.n = 4;
		memcpy(own.octets, &at.in.sin_addr, 4);
	}
	return own;
}

bool socket_host_name(char *out, size_t room)
{
	if (gethostname(out, room - 1) != 0)
		return false;
	out[room - 1] = 0;
	return true;
}
