/* metrics/print.c - the page: https://prometheus.io/docs/instrumenting/exposition_formats/ */
#include "metrics/metrics_impl.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const kinds[] = { "counter", "gauge", "histogram" };

struct page {
	const struct metrics_process *all;
	size_t n;
	struct buf *out;
};

static uint64_t sum(const struct page *p, size_t slot)
{
	uint64_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += p->all[i].values[slot];
	return n;
}

static void head(const struct page *p, const char *name, const char *help, const char *kind)
{
	buf_printf(p->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

/* {step="spf",result="passed",le="0.1"}: those that there are; le NULL: none. */
static void put_labels(struct buf *out, const struct metrics_labels *l, size_t a, size_t b,
                       const char *le)
{
	const size_t values[2] = { a, b };
	char before = '{';

	for (size_t i = 0; i < 2; i++)
		if (l->label[i]) {
			buf_printf(out, "%c%s=\"%s\"", before, l->label[i], l->name[i](values[i]));
			before = ',';
		}
	if (le) {
		buf_printf(out, "%cle=\"%s\"", before, le);
		before = ',';
	}
	if (before == ',')
		buf_putc(out, '}');
}

/* Seconds with as many decimals as they have, up to six. */
static void seconds_text(uint64_t us, char out[32])
{
	int n = snprintf(out, 32, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);

	while (n > 0 && out[n - 1] == '0')
		out[--n] = '\0';
	if (n > 0 && out[n - 1] == '.')
		out[n - 1] = '\0';
}

static void put_histogram(const struct page *p, const struct metrics_row *row, size_t a, size_t b,
                          size_t at)
{
	const struct metrics_labels *l = &metrics_labels[row->labels];
	uint64_t n = 0;
	char text[32];

	for (size_t i = 0; i <= METRICS_BOUNDS; i++) {
		n += sum(p, at + i);
		if (i < METRICS_BOUNDS)
			seconds_text((uint64_t)metrics_bounds[i], text);
		buf_printf(p->out, "%s_bucket", row->name);
		put_labels(p->out, l, a, b, i < METRICS_BOUNDS ? text : "+Inf");
		buf_printf(p->out, " %" PRIu64 "\n", n);
	}
	seconds_text(sum(p, at + METRICS_BOUNDS + 1), text);
	buf_printf(p->out, "%s_sum", row->name);
	put_labels(p->out, l, a, b, NULL);
	buf_printf(p->out, " %s\n%s_count", text, row->name);
	put_labels(p->out, l, a, b, NULL);
	buf_printf(p->out, " %" PRIu64 "\n", n);
}

static bool is_empty(const struct page *p, const struct metrics_row *row, size_t at)
{
	for (size_t i = 0; i < metrics_slots_of(row->kind); i++)
		if (sum(p, at + i))
			return false;
	return true;
}

static void put_series(const struct page *p, const struct metrics_row *row, size_t a, size_t b)
{
	const struct metrics_labels *l = &metrics_labels[row->labels];
	size_t at = row->at + (a * l->n[1] + b) * metrics_slots_of(row->kind);

	if (l->label[0] && row->kind != METRICS_GAUGE && is_empty(p, row, at))
		return;
	if (row->kind == METRICS_HISTOGRAM) {
		put_histogram(p, row, a, b, at);
		return;
	}
	buf_puts(p->out, row->name);
	put_labels(p->out, l, a, b, NULL);
	buf_printf(p->out, " %" PRId64 "\n", (int64_t)sum(p, at));
}

static void put_row(const struct page *p, const struct metrics_row *row)
{
	const struct metrics_labels *l = &metrics_labels[row->labels];

	head(p, row->name, row->help, kinds[row->kind]);
	for (size_t a = 0; a < l->n[0]; a++)
		for (size_t b = 0; b < l->n[1]; b++)
			put_series(p, row, a, b);
}

static void put_events(const struct page *p)
{
	head(p, "postrider_events_total", "Events of the log, below its level too.", "counter");
	for (enum event i = 0; i < EVENT_COUNT; i++)
		if (sum(p, METRICS_AT_EVENTS + i))
			buf_printf(p->out, "postrider_events_total{event=\"%s\"} %" PRIu64 "\n",
			           event_name(i), sum(p, METRICS_AT_EVENTS + i));
}

static void put_self(const struct page *p, enum metrics_self which, const char *name,
                     const char *help, const char *kind)
{
	head(p, name, help, kind);
	for (size_t i = 0; i < p->n; i++) {
		uint64_t v = p->all[i].values[METRICS_AT_SELF + which];
		char text[32];

		if (which == METRICS_SELF_CPU_US)
			seconds_text(v, text);
		else
			snprintf(text, sizeof text, "%" PRIu64, v);
		buf_printf(p->out, "%s{role=\"%s\"} %s\n", name, p->all[i].role, text);
	}
}

int metrics_print(const struct metrics_process *all, size_t n, struct buf *out)
{
	const struct page p = { all, n, out };

	for (size_t i = 0; i < METRIC_COUNT; i++)
		put_row(&p, &metrics_rows[i]);
	put_events(&p);
	put_self(&p, METRICS_SELF_CPU_US, "postrider_role_cpu_seconds_total",
	         "Time of the processor that a role has used.", "counter");
	put_self(&p, METRICS_SELF_PEAK_BYTES, "postrider_role_peak_resident_bytes",
	         "The most memory that a role has had.", "gauge");
	put_self(&p, METRICS_SELF_HEAP_BYTES, "postrider_role_heap_bytes",
	         "What a role has allocated now.", "gauge");
	return out->err;
}
