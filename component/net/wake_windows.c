/* component/net/wake_windows.c - a datagram to ourselves; see wake.h. */
#include "component/net/wake.h"

#include <ws2tcpip.h>

#include "component/net/socket.h"

/* A socket on the loopback that hears nobody but itself. */
int wake_open(void)
{
	const struct ip loopback = { .n = 4, .octets = { 127, 0, 0, 1 } };
	struct sockaddr_in own;
	int n = sizeof own, fd;

	if (socket_open_datagrams(&loopback, 9, &fd) < 0)
		return -1;
	memset(&own, 0, sizeof own);
	if (getsockname((SOCKET)fd, (struct sockaddr *)&own, &n) == 0 &&
	    connect((SOCKET)fd, (struct sockaddr *)&own, n) == 0)
		return fd;
	socket_close(fd);
	return -1;
}

void wake_up(int fd)
{
	int before = WSAGetLastError();

	if (fd >= 0 && socket_write(fd, SPAN("!")) < 0) {
		/* It is awake already. */
	}
	WSASetLastError(before);
}

void wake_clear(int fd)
{
	char octets[16];

	while (fd >= 0 && socket_read(fd, octets, sizeof octets) > 0)
		continue;
}
