/* component/reach.h - whether this network lets mail out at all.
 *
 * Many networks drop or refuse what goes to port 25.  One server that does not answer is that
 * server's affair; it is the network's when none does, of servers in two networks or more, and none
 * ever did.  Pure.
 */
#ifndef COMPONENT_REACH_H
#define COMPONENT_REACH_H

#include "base/coding/ip.h"

enum {
	REACH_TRIES_MAX = 64,
	REACH_SILENT_MS =
	        1600, /* the first SYN is lost, and so is the one after a second (RFC 6298 2) */
	REACH_SURE_MS = 2300, /* so long after the first try nothing is told yet */
	REACH_ASK_MS = 600,   /* then more servers of the domain are called, to know */
};

struct reach_try {
	struct ip ip;
	int64_t began_at;
	bool failed;
};

/* Of one client.  All times: base/clock.h. */
struct reach {
	bool open; /* a connection has stood */
	struct reach_try tries[REACH_TRIES_MAX];
	size_t n;
};

/* Nothing is under way: what was tried before says nothing of now. */
void reach_reset(struct reach *r);
void reach_begin(struct reach *r, const struct ip *ip, int64_t now_at);
/* stood: it was accepted, or hung up on; else refused, or not answered for as long as one waits. */
void reach_end(struct reach *r, const struct ip *ip, bool stood);
/* The connection was given up by ourselves, or there is no way to such addresses at all. */
void reach_forget(struct reach *r, const struct ip *ip);
bool reach_is_shut(const struct reach *r, int64_t now_at);

#endif
