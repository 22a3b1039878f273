/* deliver/told.h - which of an attempt's failures is told.
 *
 * An attempt may fail at several hosts, each in its way.  The one told is the
 * most telling: what a server answered, before a broken dialogue, before a
 * connection that did not come about, before DNS; among equals the first, which
 * is the more preferred host.  It is permanent only when all of them are: a
 * server that is down now may take tomorrow what its neighbour refuses.
 * Pure.  Floor 2.
 */
#ifndef DELIVER_TOLD_H
#define DELIVER_TOLD_H

#include "wire/smtp/client/client.h"

/* The server that an outcome speaks of; all empty before there was one. */
struct deliver_where {
	struct span host;
	struct span address; /* with the port */
	struct span tls_version;
	struct span tls_policy;
};

struct deliver_failure {
	struct smtp_client_result result;
	struct deliver_where where;
};

struct deliver_told {
	struct deliver_failure failure; /* the one told; empty while n is 0 */
	unsigned n, n_temporary;
};

/* A failure of our own finding; why: borrowed, or "" for the cause's own text. */
struct smtp_client_result deliver_result(enum smtp_stage stage, enum smtp_cause cause,
                                         struct span why);
/* True when it is the one told now. */
bool deliver_told_add(struct deliver_told *told, const struct deliver_failure *f);

#endif
