/* role/counted.c - see counted.h. */
#include "role/counted.h"

#include <unistd.h>

#include "base/os.h"
#include "calls/metrics.h"
#include "metrics/metrics.h"
#include "rt/loop.h"
#include "webhooks/webhooks.h"

static int answer(const struct metrics_args *a, struct arena *mem, struct metrics_reply *out)
{
	size_t n = metrics_count();
	uint64_t *values = arena_array(mem, uint64_t, n);

	if (a->n != n)
		return err(ERR_BUG, "%u values, not %zu", a->n, n);
	if (!values)
		return err(ERR_NO_MEMORY, "no memory for %zu values", n);
	metrics_read(values);
	*out = (struct metrics_reply){ (uint64_t)getpid(),
		                       span_make((const char *)values, n * sizeof *values) };
	return 0;
}

void counted_serve_edge(void)
{
	metrics_edge_serve(answer);
}

void counted_serve_auth(void)
{
	metrics_auth_serve(answer);
}

void counted_serve_courier(void)
{
	metrics_courier_serve(answer);
}

void counted_serve_mirror(void)
{
	metrics_mirror_serve(answer);
}

void counted_serve_inspect(void)
{
	metrics_inspect_serve(answer);
}

/* Looking at the whole queue takes a twentieth of the time, however long it is and however often
 * somebody asks. */
enum { REST = 20 };
static struct {
	struct store *store;
	int64_t again_us;
} self;

static WAITS void look_at_queue(void)
{
	uint64_t n[RECIPIENT_HELD + 1] = { 0 };
	int64_t since = os_took_us();

	if (since < self.again_us || store_undecided(self.store, n) < 0) /* WAITS */
		return;
	self.again_us = os_took_us() + REST * (os_took_us() - since);
	metrics_set(METRIC_QUEUE, METRICS_QUEUED, 0, (int64_t)n[RECIPIENT_QUEUED]);
	metrics_set(METRIC_QUEUE, METRICS_TRYING, 0, (int64_t)n[RECIPIENT_TRYING]);
	metrics_set(METRIC_QUEUE, METRICS_DEFERRED, 0, (int64_t)n[RECIPIENT_DEFERRED]);
	metrics_set(METRIC_QUEUE, METRICS_HELD, 0, (int64_t)n[RECIPIENT_HELD]);
}

static WAITS int answer_of_store(const struct metrics_args *a, struct arena *mem,
                                 struct metrics_reply *out)
{
	struct store_counts c;

	store_counts(self.store, &c);
	metrics_set(METRIC_SYNCS, 0, 0, (int64_t)c.syncs);
	metrics_set(METRIC_JOURNAL_BYTES, 0, 0, (int64_t)c.bytes_written);
	webhooks_count();
	look_at_queue(); /* WAITS */
	return answer(a, mem, out);
}

void counted_serve_store(struct store *sp)
{
	self.store = sp;
	metrics_store_serve(sp ? answer_of_store : NULL);
}
