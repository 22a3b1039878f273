/* metrics/metrics_impl.h - the tables of metrics.h, for its own files. */
#ifndef METRICS_IMPL_H
#define METRICS_IMPL_H

#include "metrics/metrics.h"

enum metrics_kind { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

enum metrics_labels_id {
#define LABELS(NAME, ...) METRICS_LABELS_##NAME,
#include "metrics/metrics_labels.def"
#undef LABELS
};
struct metrics_labels {
	const char *label[2]; /* NULL: none */
	size_t n[2];          /* values; 1 without a label */
	const char *(*name[2])(size_t value);
};
extern const struct metrics_labels metrics_labels[];

enum { METRICS_BOUNDS = 21 };
extern const int64_t metrics_bounds[METRICS_BOUNDS]; /* microseconds, the bound included */

/* Slots of one series. */
enum {
	METRICS_SIZE_COUNTER = 1,
	METRICS_SIZE_GAUGE = 1,
	METRICS_SIZE_HISTOGRAM = METRICS_BOUNDS + 2
};
static inline size_t metrics_slots_of(enum metrics_kind k)
{
	return k == METRICS_HISTOGRAM ? METRICS_SIZE_HISTOGRAM : 1;
}

/* Where each row's slots begin and end. */
enum {
#define LABELS(NAME, l0, n0, f0, l1, n1, f1) METRICS_SERIES_##NAME = (n0) * (n1),
#include "metrics/metrics_labels.def"
#undef LABELS
};
enum {
#define ROW(NAME, LABELS, KIND)                                                                    \
	METRICS_AT_##NAME,                                                                         \
	        METRICS_LAST_##NAME =                                                              \
	                METRICS_AT_##NAME + METRICS_SERIES_##LABELS * METRICS_SIZE_##KIND - 1,
#define COUNTER(NAME, LABELS, ...)   ROW(NAME, LABELS, COUNTER)
#define GAUGE(NAME, LABELS, ...)     ROW(NAME, LABELS, GAUGE)
#define HISTOGRAM(NAME, LABELS, ...) ROW(NAME, LABELS, HISTOGRAM)
#include "metrics/metrics.def"
#undef COUNTER
#undef GAUGE
#undef HISTOGRAM
#undef ROW
	METRICS_SLOTS
};
/* Behind them: events, and the process itself. */
enum metrics_self {
	METRICS_SELF_CPU_US,
	METRICS_SELF_PEAK_BYTES,
	METRICS_SELF_HEAP_BYTES,
	METRICS_SELVES
};
enum {
	METRICS_AT_EVENTS = METRICS_SLOTS,
	METRICS_AT_SELF = METRICS_AT_EVENTS + EVENT_COUNT,
	METRICS_VALUES = METRICS_AT_SELF + METRICS_SELVES,
};

struct metrics_row {
	enum metrics_kind kind;
	enum metrics_labels_id labels;
	const char *name, *help;
	size_t at; /* its first slot */
};
extern const struct metrics_row metrics_rows[METRIC_COUNT];

#endif
