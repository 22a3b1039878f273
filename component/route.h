/* component/route.h - which way mail takes, from the text that names a server.
 *
 * Pure, but for POSTRIDER_CONFIG, which `postrider:` looks at.
 *
 * RFC 3986 2.1, 3.2 (URLs), RFC 8314 3.3 (465), RFC 6409 3.1 (587), RFC 2033 3 (LMTP).
 */
#ifndef COMPONENT_ROUTE_H
#define COMPONENT_ROUTE_H

#include "deliver/destination.h"

struct route {
	bool direct;
	struct deliver_to to; /* without a domain; spans live in mem */
	bool control;         /* to.relay is the control socket of a Postrider server */
	bool web;             /* to.relay has its HTTP API; to.user is the key */
	bool unverified;      /* this machine's loopback: any certificate will do */
	struct span told;     /* which way, and why */
	struct span text;     /* as it was given: it may hold a secret */
};

/* server: as postrider_send; NULL or "" is direct.  ERR_SYNTAX with words that hold no secret;
 * ERR_NO_MEMORY. */
NODISCARD int route_parse(struct span server, struct arena *mem, struct route *out);

/* Makes user and password unreadable. */
void route_wipe(struct route *r);

#endif
