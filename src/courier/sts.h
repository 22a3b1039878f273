/* courier/sts.h - MTA-STS policies of other domains: found, fetched, kept.  Floor 5.
 *
 * Sources: RFC 8461 3 (discovery), 3.3 (fetching), 5.1 (how a policy is changed), 10.2 (what an
 *          attacker may do).
 * In memory by need, in the store for a restart (calls/tls.h).
 */
#ifndef COURIER_STS_H
#define COURIER_STS_H

#include "base/arena.h"
#include "config/settings.h"
#include "rt/fibre.h"
#include "wire/mtasts/mtasts.h"

void sts_open(const struct settings *set);
/* Fetches under way are given up. */
WAITS void sts_close(void);

/* The policy that holds for a domain now, in mem; NULL: none.  May wait for a fetch, as long as
 * the fibre's deadline permits. */
WAITS const struct mtasts_policy *sts_policy(struct span domain, struct arena *mem);

#endif
