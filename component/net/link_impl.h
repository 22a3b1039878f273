/* component/net/link_impl.h - what a connection's TLS is to its socket: for link.c and link_tls.c.
 */
#ifndef COMPONENT_NET_LINK_IMPL_H
#define COMPONENT_NET_LINK_IMPL_H

#include "component/net/link.h"

NODISCARD int link_tls_read(struct link *l, char *p, size_t n);
NODISCARD int link_tls_write(struct link *l, struct span octets);
void link_tls_close(struct link *l);

#endif
