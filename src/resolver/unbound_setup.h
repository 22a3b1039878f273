/* resolver/unbound_setup.h - libunbound as we want it: whom it asks, and what it trusts.  Floor 1.
 *
 * Server and library use it; it stands on base/ alone.
 */
#ifndef RESOLVER_UNBOUND_SETUP_H
#define RESOLVER_UNBOUND_SETUP_H

#include <unbound.h>

#include "base/coding/ip.h"

/* Without a forwarder, and not the system's: it asks from the root on. */
struct unbound_rules {
	struct ip forwarder; /* no address: none */
	unsigned port;
	bool system; /* the name servers of /etc/resolv.conf, and /etc/hosts */
	bool dnssec; /* answers are validated from the root's keys, and from these on */
	const char *const *anchors;
	size_t n_anchors;
};

/* Before the first question.  ERR_CONFIG with libunbound's words. */
NODISCARD int unbound_set_up(struct ub_ctx *ctx, const struct unbound_rules *rules);
/* Then: names that are local elsewhere are asked of the forwarder too.  Reads all files. */
NODISCARD int unbound_open_zones(struct ub_ctx *ctx, const struct unbound_rules *rules);

#endif
