/* component/net/link.c - see link.h. */
#include "component/net/link.h"

#include "component/net/link_impl.h"
#include "component/net/socket.h"

int link_open(struct link *l, const struct deliver_candidate *to)
{
	*l = (struct link){ .fd = -1 };
	return to->ip.n ? socket_connect(&to->ip, to->port, &l->fd)
	                : socket_connect_path(to->host, &l->fd);
}

int link_opened(struct link *l)
{
	return socket_connected(l->fd);
}

void link_close(struct link *l)
{
	link_tls_close(l);
	socket_close(l->fd);
	*l = (struct link){ .fd = -1 };
}

int link_read(struct link *l, char *p, size_t n)
{
	return l->tls ? link_tls_read(l, p, n) : socket_read(l->fd, p, n);
}

int link_write(struct link *l, struct span octets)
{
	return l->tls ? link_tls_write(l, octets) : socket_write(l->fd, octets);
}

short link_events(const struct link *l, short wanted)
{
	return l->tls_wants ? l->tls_wants : wanted;
}

struct ip link_own_ip(const struct link *l)
{
	return socket_own_ip(l->fd);
}
