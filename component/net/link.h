/* component/net/link.h - a connection that never blocks: a socket, and TLS over it. */
#ifndef COMPONENT_NET_LINK_H
#define COMPONENT_NET_LINK_H

#include "deliver/destination.h"

struct link {
	int fd;
	struct link_tls_session *tls; /* NULL: in the clear */
	short tls_wants;              /* events that TLS waits for */
};

/* What TLS shares among connections; made when first needed. */
struct link_tls {
	const char *roots; /* file; NULL: the system's */
	struct link_tls_shared *shared;
};

/* Begins to connect; POLLOUT tells its end.  ERR_NET, ERR_LIMIT; ERR_TOO_LONG: a path that is;
 * ERR_UNAVAILABLE: this machine has no way to such addresses. */
NODISCARD int link_open(struct link *l, const struct deliver_candidate *to);
/* After POLLOUT. */
NODISCARD int link_opened(struct link *l);
void link_close(struct link *l);

/* Octets, at least 1; ERR_AGAIN: wait for link_events; ERR_CLOSED, ERR_NET, ERR_TLS. */
NODISCARD int link_read(struct link *l, char *p, size_t n);
NODISCARD int link_write(struct link *l, struct span octets);
short link_events(const struct link *l, short wanted);

/* name: of the server, for SNI and, with verify, the certificate.  dane: instead; or NULL. */
NODISCARD int link_tls_begin(struct link *l, struct link_tls *tls, bool verify, const char *name,
                             const struct deliver_dane *dane);
/* 0: done.  ERR_AGAIN; ERR_CERTIFICATE, ERR_TLS, ERR_CLOSED, ERR_NET. */
NODISCARD int link_tls_step(struct link *l);
/* "TLSv1.3", NULL in the clear. */
const char *link_tls_version(const struct link *l);
/* Does the file hold certificates to trust?  ERR_IO, ERR_CONFIG, with words; ERR_NO_MEMORY. */
NODISCARD int link_tls_check_roots(const char *path);
/* Other roots hold from now on; links go on. */
void link_tls_reset(struct link_tls *tls, const char *roots);
void link_tls_fini(struct link_tls *tls); /* no link has TLS any more */

/* Of our end; no address of a Unix socket. */
struct ip link_own_ip(const struct link *l);

#endif
