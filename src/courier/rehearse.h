/* courier/rehearse.h - the domain postrider.test: every verdict without any network, for who tries
 * his program.  RFC 6761 6.2: nobody has a domain in .test. */
#ifndef COURIER_REHEARSE_H
#define COURIER_REHEARSE_H

#include "calls/queue.h"

/* delivered@, bounced@, full@, greylisted@ (taken at the second attempt), slow@ (after
 * REHEARSE_SLOW_MS), complained@ and bounced-later@ (taken, and that comes later); with a +tag as
 * well.  Any other is refused.  ERR_CANCELLED, ERR_NO_MEMORY. */
enum { REHEARSE_SLOW_MS = 10 * 1000 };
NODISCARD WAITS int rehearse(const struct courier_attempt_args *args, struct arena *mem,
                             struct courier_outcomes *out);

#endif
