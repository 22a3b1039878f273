/* calls/metrics.h - what a role has counted and timed, asked by the operator's door.  Floor of the
 * calls. */
#ifndef CALLS_METRICS_H
#define CALLS_METRICS_H

#include "calls/call.h"

/* n: how many values the asker knows.  process: its pid, so that a process that is several roles is
 * not added up twice.  values: n of metrics_read's (metrics/metrics.h), as they lie in memory.
 * ERR_BUG: it knows another number of them. */
#define METRICS_ARGS(F, L)  F(u32, n)
#define METRICS_REPLY(F, L) F(u64, process) F(span, values)
PACK_DECLARE(metrics_args, METRICS_ARGS)
PACK_DECLARE(metrics_reply, METRICS_REPLY)
CALL_DECLARE(metrics_edge, metrics_args, metrics_reply);
CALL_DECLARE(metrics_auth, metrics_args, metrics_reply);
CALL_DECLARE(metrics_store, metrics_args, metrics_reply);
CALL_DECLARE(metrics_courier, metrics_args, metrics_reply);
CALL_DECLARE(metrics_inspect, metrics_args, metrics_reply);
CALL_DECLARE(metrics_mirror, metrics_args, metrics_reply);

#endif
