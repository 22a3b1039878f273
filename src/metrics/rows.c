/* metrics/rows.c - the tables, with the words of labels. */
#include "metrics/metrics_impl.h"

static const char *protocol_name(size_t i)
{
	static const char *const names[METRICS_PROTOCOLS] = { "smtp", "submission", "submissions",
		                                              "lmtp", "imap",       "imaps",
		                                              "pop3", "pop3s",      "http",
		                                              "https" };
	return names[i];
}

static const char *outcome_name(size_t i)
{
	static const char *const names[METRICS_OUTCOMES] = { "logged-in", "refused", "unknown" };
	return names[i];
}

static const char *door_name(size_t i)
{
	static const char *const names[METRICS_DOORS] = { "smtp", "submission", "lmtp",
		                                          "operator" };
	return names[i];
}

static const char *result_name(size_t i)
{
	static const char *const names[METRICS_RESULTS] = { "passed", "failed", "unknown",
		                                            "put-off" };
	return names[i];
}

static const char *step_label(size_t i)
{
	return step_name((enum step)i);
}

static const char *action_label(size_t i)
{
	return step_action_name((enum step_action)i);
}

static const char *verdict_label(size_t i)
{
	return smtp_class_name((enum smtp_class)i);
}

static const char *state_name(size_t i)
{
	return recipient_state_name((uint8_t)i);
}

static const char *undecided_name(size_t i)
{
	static const uint8_t states[METRICS_UNDECIDED_STATES] = {
		[METRICS_QUEUED] = RECIPIENT_QUEUED,
		[METRICS_TRYING] = RECIPIENT_TRYING,
		[METRICS_DEFERRED] = RECIPIENT_DEFERRED,
		[METRICS_HELD] = RECIPIENT_HELD,
	};
	return recipient_state_name(states[i]);
}

static const char *hook_outcome_name(size_t i)
{
	return i == METRICS_TAKEN ? "taken" : "failed";
}

static const char *hook_name(size_t i)
{
	static const char *const names[METRICS_HOOKS] = { "idle", "sending", "failing",
		                                          "disabled" };
	return names[i];
}

#define VERDICT(name, number, ...)                                                                 \
	_Static_assert((number) < METRICS_VERDICTS, "METRICS_VERDICTS is too small");
#include "wire/smtp/verdict/verdicts.def"
#undef VERDICT

const struct metrics_labels metrics_labels[] = {
#define LABELS(NAME, l0, n0, f0, l1, n1, f1) { { l0, l1 }, { n0, n1 }, { f0, f1 } },
#include "metrics/metrics_labels.def"
#undef LABELS
};

const int64_t metrics_bounds[METRICS_BOUNDS] = {
	100,     250,      500,      1000,     2500,      5000,       10000,
	25000,   50000,    100000,   250000,   500000,    1000000,    2500000,
	5000000, 10000000, 30000000, 60000000, 300000000, 3600000000, 86400000000
};

const struct metrics_row metrics_rows[METRIC_COUNT] = {
#define ROW(NAME, LABELS, KIND, name, help)                                                        \
	{ METRICS_##KIND, METRICS_LABELS_##LABELS, name, help, METRICS_AT_##NAME },
#define COUNTER(NAME, LABELS, name, help)   ROW(NAME, LABELS, COUNTER, name, help)
#define GAUGE(NAME, LABELS, name, help)     ROW(NAME, LABELS, GAUGE, name, help)
#define HISTOGRAM(NAME, LABELS, name, help) ROW(NAME, LABELS, HISTOGRAM, name, help)
#include "metrics/metrics.def"
};
