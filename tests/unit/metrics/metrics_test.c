/* Counting, and the page (metrics/metrics.h). */
#include "metrics/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

static uint64_t *values(void)
{
	uint64_t *v = calloc(metrics_count(), sizeof *v);

	if (v)
		metrics_read(v);
	return v;
}

static bool has(const struct buf *page, const char *line)
{
	AUTO_BUF whole = BUF(4096);

	buf_printf(&whole, "\n%s\n", line);
	return memmem(page->p, page->n, whole.p, whole.n) != NULL;
}

/* Two processes are added up; each has its own use of the machine. */
TEST(page)
{
	AUTO_BUF page = BUF(1 << 20);

	metrics_add(METRIC_CONNECTIONS, METRICS_IMAPS, 0, 2);
	metrics_add(METRIC_FOUND, STEP_spf, 1, 3);
	metrics_add(METRIC_SESSIONS, METRICS_SMTP, 0, 2);
	metrics_add(METRIC_SESSIONS, METRICS_SMTP, 0, -2);
	metrics_set(METRIC_QUEUE, METRICS_HELD, 0, 7);
	metrics_time(METRIC_ATTEMPT, 0, 0, 100);
	metrics_time(METRIC_ATTEMPT, 0, 0, 101);
	metrics_time(METRIC_ATTEMPT, 0, 0, 2500000);
	metrics_time(METRIC_ATTEMPT, 0, 0, INT64_C(100000000000));
	metrics_time(METRIC_ATTEMPT, 0, 0, -1); /* a clock that was set back */
	uint64_t *one = values(), *two = values();
	const struct metrics_process all[] = { { "edge", one }, { "store", two } };
	CHECK_INT(metrics_print(all, 2, &page), 0);
	CHECK(has(&page, "# TYPE postrider_connections_total counter"));
	CHECK(has(&page, "postrider_connections_total{protocol=\"imaps\"} 4"));
	CHECK(has(&page, "postrider_defence_findings_total{step=\"spf\",result=\"failed\"} 6"));
	CHECK(has(&page, "postrider_sessions{protocol=\"smtp\"} 0"));
	CHECK(has(&page, "postrider_queue_recipients{state=\"held\"} 14"));
	CHECK(has(&page, "# TYPE postrider_attempt_seconds histogram"));
	CHECK(has(&page, "postrider_attempt_seconds_bucket{le=\"0.0001\"} 2"));
	CHECK(has(&page, "postrider_attempt_seconds_bucket{le=\"0.00025\"} 4"));
	CHECK(has(&page, "postrider_attempt_seconds_bucket{le=\"2.5\"} 6"));
	CHECK(has(&page, "postrider_attempt_seconds_bucket{le=\"86400\"} 6"));
	CHECK(has(&page, "postrider_attempt_seconds_bucket{le=\"+Inf\"} 8"));
	CHECK(has(&page, "postrider_attempt_seconds_count 8"));
	CHECK(has(&page, "postrider_attempt_seconds_sum 200005.000402"));
	CHECK(memmem(page.p, page.n, "postrider_role_heap_bytes{role=\"store\"}",
	             strlen("postrider_role_heap_bytes{role=\"store\"}")));
	free(one);
	free(two);
}

/* What is out of range counts nowhere: numbers come from other roles too. */
TEST(out_of_range)
{
	uint64_t *before = values(), *after;

	metrics_add(METRIC_FOUND, STEP_COUNT, 0, 1);
	metrics_add(METRIC_FOUND, 0, METRICS_RESULTS, 1);
	metrics_add(METRIC_SYNCS, 1, 0, 1);
	metrics_time(METRIC_STEP_TIME, STEP_COUNT, 0, 1);
	after = values();
	for (size_t i = 0; i + 3 < metrics_count(); i++)
		CHECK_INT(before[i], after[i]);
	free(before);
	free(after);
}

/* Below the log's level too. */
TEST(events)
{
	uint64_t before = event_count(EVENT_session_opened);

	event_set_level(EVENT_ERROR);
	event_log(EVENT_session_opened, "client=%s", "x");
	CHECK_INT(event_count(EVENT_session_opened), before + 1);
}
