/* component/net/socket_windows.c - Winsock; see socket.h.
 *
 * Handles of the system fit in 32 bits, and so in an int.
 */
#include "component/net/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <ws2tcpip.h>

#include "base/os.h"

enum { PORT_TRIES = 16, PORT_MIN = 16384 };

union at {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* ---- what went wrong ----------------------------------------------------------------- */

/* The words that POSIX has for it: results are the same everywhere. */
static const char *words_of(int e)
{
	switch (e) {
	case WSAECONNREFUSED: return "Connection refused";
	case WSAECONNRESET: return "Connection reset by peer";
	case WSAECONNABORTED: return "Software caused connection abort";
	case WSAETIMEDOUT: return "Connection timed out";
	case WSAENETUNREACH: return "Network is unreachable";
	case WSAENETDOWN: return "Network is down";
	case WSAEHOSTUNREACH: return "No route to host";
	case WSAEADDRNOTAVAIL: return "Cannot assign requested address";
	case WSAEACCES: return "Permission denied";
	case WSAEAFNOSUPPORT: return "Address family not supported by protocol";
	case WSAEMFILE: return "Too many open files";
	case WSAENOBUFS: return "No buffer space available";
	default: return NULL;
	}
}

static int failed_by(int e, const char *what)
{
	bool no_way = e == WSAENETUNREACH || e == WSAEADDRNOTAVAIL || e == WSAEAFNOSUPPORT;
	int code = e == WSAEMFILE || e == WSAENOBUFS ? ERR_LIMIT
	           : no_way                          ? ERR_UNAVAILABLE
	                                             : ERR_NET;
	const char *words = words_of(e);

	return words ? err(code, "%s: %s", what, words) : err(code, "%s: error %d", what, e);
}

static int failed(const char *what)
{
	return failed_by(WSAGetLastError(), what);
}

/* ---- made ---------------------------------------------------------------------------- */

static int address_of(const struct ip *ip, uint16_t port, union at *at)
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

/* Once for the process; Winsock goes with it. */
static int start(void)
{
	static volatile LONG started;
	WSADATA data;

	if (started)
		return 0;
	int e = WSAStartup(MAKEWORD(2, 2), &data);
	if (e)
		return failed_by(e, "WSAStartup");
	if (InterlockedExchange(&started, 1))
		WSACleanup();
	return 0;
}

static int open_socket(int family, int type, int *out)
{
	u_long yes = 1;
	int r = start();

	if (r < 0)
		return r;
	SOCKET s = WSASocketW(family, type, 0, NULL, 0,
	                      WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
	if (s == INVALID_SOCKET)
		return failed("socket");
	if (s > INT_MAX || ioctlsocket(s, (long)FIONBIO, &yes) != 0) {
		closesocket(s);
		return err(ERR_NET, "socket: it cannot be used");
	}
	*out = (int)s;
	return 0;
}

int socket_connect(const struct ip *ip, uint16_t port, int *out)
{
	union at at;
	BOOL yes = TRUE;
	int n = address_of(ip, port, &at), fd;
	int r = open_socket(at.sa.sa_family, SOCK_STREAM, &fd);

	if (r < 0)
		return r;
	(void)setsockopt((SOCKET)fd, IPPROTO_TCP, TCP_NODELAY, (const char *)&yes, sizeof yes);
	if (connect((SOCKET)fd, &at.sa, n) != 0 && WSAGetLastError() != WSAEWOULDBLOCK) {
		r = failed("connect");
		socket_close(fd);
		return r;
	}
	*out = fd;
	return 0;
}

int socket_connect_path(struct span path, int *out)
{
	(void)out;
	return err(ERR_NET, "%.*s: there are no Unix sockets on Windows", SPAN_ARG(path));
}

/* The system would give ports one after the other. */
static void bind_any(int fd, int family)
{
	for (int i = 0; i < PORT_TRIES; i++) {
		struct ip any = { .n = family == AF_INET6 ? 16 : 4 };
		union at at;
		uint16_t draw;

		os_random(&draw, sizeof draw);
		int n = address_of(&any, (uint16_t)(draw % (UINT16_MAX - PORT_MIN) + PORT_MIN),
		                   &at);
		if (bind((SOCKET)fd, &at.sa, n) == 0)
			return;
	}
}

int socket_open_datagrams(const struct ip *ip, uint16_t port, int *out)
{
	union at at;
	int n = address_of(ip, port, &at), fd;
	int r = open_socket(at.sa.sa_family, SOCK_DGRAM, &fd);

	if (r < 0)
		return r;
	bind_any(fd, at.sa.sa_family);
	if (connect((SOCKET)fd, &at.sa, n) != 0) {
		r = failed("connect");
		socket_close(fd);
		return r;
	}
	*out = fd;
	return 0;
}

int socket_connected(int fd)
{
	int e = 0, n = sizeof e;

	if (getsockopt((SOCKET)fd, SOL_SOCKET, SO_ERROR, (char *)&e, &n) != 0)
		e = WSAGetLastError();
	if (e == WSAECONNRESET) /* it stood, and was reset at once: reading tells */
		return 0;
	return e ? failed_by(e, "connect") : 0;
}

void socket_close(int fd)
{
	if (fd >= 0)
		closesocket((SOCKET)fd);
}

/* ---- used ---------------------------------------------------------------------------- */

static int clamp(size_t n)
{
	return n > INT_MAX ? INT_MAX : (int)n;
}

int socket_read(int fd, char *p, size_t n)
{
	int r = recv((SOCKET)fd, p, clamp(n), 0);

	if (r > 0)
		return r;
	if (r == 0)
		return err(ERR_CLOSED, "the other side closed the connection");
	if (WSAGetLastError() == WSAEMSGSIZE) /* a datagram with more, which POSIX cuts, too */
		return clamp(n);
	return WSAGetLastError() == WSAEWOULDBLOCK ? ERR_AGAIN : failed("read");
}

int socket_write(int fd, struct span octets)
{
	int r = send((SOCKET)fd, octets.p, clamp(octets.n), 0);

	if (r >= 0)
		return r;
	return WSAGetLastError() == WSAEWOULDBLOCK ? ERR_AGAIN : failed("write");
}

struct ip socket_own_ip(int fd)
{
	union at at;
	int n = sizeof at;
	struct ip own = { 0 };

	memset(&at, 0, sizeof at);
	if (getsockname((SOCKET)fd, &at.sa, &n) != 0)
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
	DWORD n = (DWORD)room;

	return GetComputerNameExA(ComputerNameDnsFullyQualified, out, &n) != 0;
}

/* ---- waited for ---------------------------------------------------------------------- */

/* select()'s sets are counted arrays here: as many as there are. */
struct set {
	u_int n;
	SOCKET s[];
};

static struct set *set_new(size_t n)
{
	return calloc(1, sizeof(struct set) + n * sizeof(SOCKET));
}

static bool has(const struct set *set, SOCKET s)
{
	for (u_int i = 0; i < set->n; i++)
		if (set->s[i] == s)
			return true;
	return false;
}

static void fill(const struct pollfd *fds, size_t n, struct set *reads, struct set *writes,
                 struct set *fails)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i].events & POLLIN)
			reads->s[reads->n++] = fds[i].fd;
		if (fds[i].events & POLLOUT) {
			writes->s[writes->n++] = fds[i].fd;
			fails->s[fails->n++] = fds[i].fd;
		}
	}
}

static int select_some(struct pollfd *fds, size_t n, int ms, struct set *reads, struct set *writes,
                       struct set *fails)
{
	struct timeval time = { ms / 1000, ms % 1000 * 1000 };

	fill(fds, n, reads, writes, fails);
	if (select(0, (fd_set *)reads, (fd_set *)writes, (fd_set *)fails, ms < 0 ? NULL : &time) <
	    0)
		return failed("select");
	for (size_t i = 0; i < n; i++)
		fds[i].revents = (short)((has(reads, fds[i].fd) ? POLLIN : 0) |
		                         (has(writes, fds[i].fd) ? POLLOUT : 0) |
		                         (has(fails, fds[i].fd) ? POLLERR : 0));
	return (int)n;
}

/* WSAPoll does not tell of connections that fail (before Windows 10 of 2020); select does. */
int socket_poll(struct pollfd *fds, size_t n, int ms)
{
	struct set *reads, *writes, *fails;
	int r = err(ERR_NO_MEMORY, "no memory to wait");

	if (!n) {
		Sleep((DWORD)ms);
		return 0;
	}
	reads = set_new(n);
	writes = set_new(n);
	fails = set_new(n);
	if (reads && writes && fails)
		r = select_some(fds, n, ms, reads, writes, fails);
	free(reads);
	free(writes);
	free(fails);
	return r;
}
