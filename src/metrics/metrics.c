/* metrics/metrics.c - see metrics.h.  The values: one array of slots, a row's behind one another.
 */
#include "metrics/metrics.h"

#include <malloc.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "metrics/metrics_impl.h"

static _Atomic uint64_t slots[METRICS_SLOTS];

static _Atomic uint64_t *slot(enum metric m, size_t a, size_t b)
{
	const struct metrics_row *row = &metrics_rows[m];
	const struct metrics_labels *l = &metrics_labels[row->labels];
	size_t size = metrics_slots_of(row->kind);

	return a < l->n[0] && b < l->n[1] ? &slots[row->at + (a * l->n[1] + b) * size] : NULL;
}

void metrics_add(enum metric m, size_t a, size_t b, int64_t n)
{
	_Atomic uint64_t *v = slot(m, a, b);

	if (v)
		atomic_fetch_add_explicit(v, (uint64_t)n, memory_order_relaxed);
}

void metrics_set(enum metric m, size_t a, size_t b, int64_t n)
{
	_Atomic uint64_t *v = slot(m, a, b);

	if (v)
		atomic_store_explicit(v, (uint64_t)n, memory_order_relaxed);
}

/* Slots of a histogram: one for each bound, one for what is above all, their sum in microseconds.
 */
void metrics_time(enum metric m, size_t a, size_t b, int64_t us)
{
	_Atomic uint64_t *v = slot(m, a, b);
	size_t i = 0;

	if (!v || us < 0)
		return;
	while (i < METRICS_BOUNDS && us > metrics_bounds[i])
		i++;
	atomic_fetch_add_explicit(&v[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&v[METRICS_BOUNDS + 1], (uint64_t)us, memory_order_relaxed);
}

size_t metrics_count(void)
{
	return METRICS_VALUES;
}

static uint64_t micro(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

/* In the order of enum metrics_self. */
static void read_self(uint64_t *out)
{
	struct rusage use = { 0 };
	struct mallinfo2 heap = mallinfo2();

	(void)getrusage(RUSAGE_SELF, &use);
	out[METRICS_SELF_CPU_US] = micro(use.ru_utime) + micro(use.ru_stime);
	out[METRICS_SELF_PEAK_BYTES] = (uint64_t)use.ru_maxrss * 1024;
	out[METRICS_SELF_HEAP_BYTES] = heap.uordblks + heap.hblkhd;
}

void metrics_read(uint64_t *out)
{
	for (size_t i = 0; i < METRICS_SLOTS; i++)
		out[i] = atomic_load_explicit(&slots[i], memory_order_relaxed);
	for (enum event i = 0; i < EVENT_COUNT; i++)
		out[METRICS_AT_EVENTS + i] = event_count(i);
	read_self(out + METRICS_AT_SELF);
}
