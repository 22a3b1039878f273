/* wire/proxy/header.h - the header that a proxy puts before a connection's first octet.
 *
 * Source: The PROXY protocol, versions 1 & 2 (haproxy, doc/proxy-protocol.txt) 2.1, 2.2.
 * Octets behind the header belong to somebody else (TLS, as a rule), so none of them is taken:
 *
 *	while ((r = proxy_header_feed(&octets, what_came, &n)) == 0)
 *		read n octets away; wait for more
 *	r == 1: read n octets away; proxy_header_parse(octets, &header)
 *
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_PROXY_HEADER_H
#define WIRE_PROXY_HEADER_H

#include "base/buf.h"
#include "base/coding/ip.h"

enum {
	PROXY_V1_MAX = 107,       /* octets of a line, its CRLF included (2.1) */
	PROXY_V2_HEAD_BYTES = 16, /* 2.2 */
	PROXY_HEADER_MAX = 16 + (64 << 10),
};

struct proxy_header {
	struct ip client; /* n 0: not told (LOCAL, UNKNOWN, UNSPEC, a Unix socket, no stream) */
	uint16_t port;
};

/* Takes from the front of seen what belongs to the header, behind what octets (of PROXY_HEADER_MAX)
 * holds of it already; *n: how many.  1: it is whole; 0: more must come, and all of seen was taken;
 * ERR_SYNTAX: this is none; ERR_NO_MEMORY. */
NODISCARD int proxy_header_feed(struct buf *octets, struct span seen, size_t *n);
/* A whole header.  ERR_SYNTAX, also when its checksum is another. */
NODISCARD int proxy_header_parse(struct span octets, struct proxy_header *out);

#endif
