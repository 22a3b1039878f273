/* metrics/metrics.h - what this process has counted and timed, and a page of it for Prometheus.
 *
 * Rows of metrics.def; a row has a place for each pair of its labels' values (metrics_labels.def).
 * Counting is an addition in memory, by any thread.  The control role asks every role for its
 * values (calls/metrics.h) and prints their sum.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#ifndef METRICS_METRICS_H
#define METRICS_METRICS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/event.h"
#include "change/change.h"
#include "inspect/steps/steps.h"
#include "wire/smtp/verdict/verdict.h"

enum metrics_protocol {
	METRICS_SMTP,
	METRICS_SUBMISSION,
	METRICS_SUBMISSIONS,
	METRICS_LMTP,
	METRICS_IMAP,
	METRICS_IMAPS,
	METRICS_POP3,
	METRICS_POP3S,
	METRICS_HTTP,
	METRICS_HTTPS,
	METRICS_PROTOCOLS
};
enum metrics_outcome {
	METRICS_LOGGED_IN,
	METRICS_LOGIN_REFUSED,
	METRICS_LOGIN_UNKNOWN,
	METRICS_OUTCOMES
};
/* How a message came; DOOR_OPERATOR: by the command line. */
enum metrics_door {
	METRICS_DOOR_TRANSFER,
	METRICS_DOOR_SUBMISSION,
	METRICS_DOOR_LMTP,
	METRICS_DOOR_OPERATOR,
	METRICS_DOORS
};
/* What an endpoint of a webhook said to an event. */
enum metrics_hook_outcome { METRICS_TAKEN, METRICS_NOT_TAKEN, METRICS_HOOK_OUTCOMES };
/* What one does: nothing; it has its turn, or waits for it; it waits for its next try; it gets
 * nothing more. */
enum metrics_hook {
	METRICS_HOOK_IDLE,
	METRICS_HOOK_SENDING,
	METRICS_HOOK_FAILING,
	METRICS_HOOK_DISABLED,
	METRICS_HOOKS
};
/* What is undecided, of enum recipient_state. */
enum metrics_undecided {
	METRICS_QUEUED,
	METRICS_TRYING,
	METRICS_DEFERRED,
	METRICS_HELD,
	METRICS_UNDECIDED_STATES
};

enum {
	METRICS_RESULTS = 4,   /* enum inspect_result */
	METRICS_VERDICTS = 64, /* numbers of verdicts.def are below */
	METRICS_STATES = RECIPIENT_HELD + 1,
};

enum metric {
#define METRIC(NAME, ...) METRIC_##NAME,
#define COUNTER           METRIC
#define GAUGE             METRIC
#define HISTOGRAM         METRIC
#include "metrics/metrics.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
#undef METRIC
	METRIC_COUNT
};

/* a, b: the labels' values, from 0; 0 where the row has no such label.  What is out of range counts
 * nowhere. */
void metrics_add(enum metric m, size_t a, size_t b, int64_t n);
/* Of a GAUGE. */
void metrics_set(enum metric m, size_t a, size_t b, int64_t n);
/* Of a HISTOGRAM: one more that took us microseconds (below 0: none). */
void metrics_time(enum metric m, size_t a, size_t b, int64_t us);

/* All values of this process in an order of their own: metrics_count() of them, those of events
 * (base/event.h) and of the process itself included. */
size_t metrics_count(void);
void metrics_read(uint64_t *out);

/* One process: role_name()'s word, "all" for all in one, and what metrics_read gave there. */
struct metrics_process {
	const char *role;
	const uint64_t *values;
};
/* The page, of version 0.0.4, or buf.h's errors.  Series that were never counted are left out. */
NODISCARD int metrics_print(const struct metrics_process *all, size_t n, struct buf *out);

#endif
