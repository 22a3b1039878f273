/* role/front.h - what stands in front of a listener: a proxy, where listen.proxy_from says so.
 *
 * A connection from there is given on when its PROXY header was read, and is from then on the
 * client's that this tells of (rt/stream/stream.h); all others are given on as they come.
 */
#ifndef ROLE_FRONT_H
#define ROLE_FRONT_H

#include "config/settings.h"
#include "rt/stream/stream.h"

typedef void front_accept_fn(struct stream *s, void *arg);

struct front {
	const struct settings *set;
	bool has_unix;       /* "unix" in listen.proxy_from means this listener's Unix sockets */
	front_accept_fn *fn; /* on the loop's stack, like a listener's */
	void *arg;
};

/* For listener_open; arg is a struct front, which lives as long as the process. */
void front_accept(struct stream *s, void *arg);

#endif
