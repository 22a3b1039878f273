/* auth/network.h - whom a client is counted with.  Floor 3; pure.
 *
 * An IPv4 /24, an IPv6 /48: what one customer can rent without effort, and what an owner's address
 * moves about in.  All that cannot be read as an address is one network.
 */
#ifndef AUTH_NETWORK_H
#define AUTH_NETWORK_H

#include "base/span.h"

enum { NETWORK_BYTES = 7 };

/* client: address text, without port; an IPv4-mapped address is IPv4 (RFC 4291 2.5.5.2). */
void network_of(struct span client, unsigned char out[NETWORK_BYTES]);

#endif
