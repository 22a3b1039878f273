/* component/net/socket.h - sockets that never block, of this system.
 *
 * A descriptor is an int everywhere: Windows's handles of sockets fit in one.
 */
#ifndef COMPONENT_NET_SOCKET_H
#define COMPONENT_NET_SOCKET_H

#include "base/coding/ip.h"
#include "base/err.h"

#ifdef _WIN32
#include <winsock2.h>
#else
#include <poll.h>
#endif

/* Begins to connect; POLLOUT tells its end.  ERR_NET, ERR_LIMIT; ERR_UNAVAILABLE: this
 * machine has no way to such addresses. */
NODISCARD int socket_connect(const struct ip *ip, uint16_t port, int *out);
/* The same to a Unix socket; ERR_TOO_LONG, ERR_UNAVAILABLE: there are none here. */
NODISCARD int socket_connect_path(struct span path, int *out);
/* For datagrams with that peer alone, from a port that is hard to guess.  ERR_NET, ERR_LIMIT. */
NODISCARD int socket_open_datagrams(const struct ip *ip, uint16_t port, int *out);
/* After POLLOUT. */
NODISCARD int socket_connected(int fd);
void socket_close(int fd); /* -1 is nothing */

/* Octets, at least 1; ERR_AGAIN, ERR_CLOSED, ERR_NET. */
NODISCARD int socket_read(int fd, char *p, size_t n);
NODISCARD int socket_write(int fd, struct span octets);
/* poll(2): how many have events; ERR_AGAIN: interrupted. */
NODISCARD int socket_poll(struct pollfd *fds, size_t n, int ms);

/* Of our end; none of a Unix socket. */
struct ip socket_own_ip(int fd);
/* This machine's name; false: it has none. */
bool socket_host_name(char *out, size_t room);

#endif
