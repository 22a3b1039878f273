/* courier/failure.h - which of an attempt's failures to tell.
 *
 * An attempt may fail at several hosts, each in its way.  The one told is the
 * most telling: what a server answered, before a broken dialogue, before a
 * connection that did not come about, before DNS; among equals the first, which
 * is the more preferred host.  It is permanent only when all of them are: a
 * server that is down now may take tomorrow what its neighbour refuses.
 * Pure.  Floor 5.
 */
#ifndef COURIER_FAILURE_H
#define COURIER_FAILURE_H

#include "base/arena.h"
#include "wire/smtp/client/client.h"

/* The server that an outcome speaks of; all empty before there was one. */
struct where {
	struct span host;
	struct span address; /* with the port */
	struct span tls_version;
	struct span tls_policy;
};

struct failure {
	struct smtp_client_result result;
	struct where where;
};

struct failures {
	struct failure told;
	unsigned n, n_temporary;
};

/* A failure of our own finding; why: borrowed, or "" for the cause's own text. */
struct smtp_client_result failure_result(enum smtp_stage stage, enum smtp_cause cause,
                                         struct span why);
void failures_add(struct failures *all, const struct failure *f);

#endif
