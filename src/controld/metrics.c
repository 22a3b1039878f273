/* controld/metrics.c - the page of metrics: what all roles have counted. */
#include "controld/controld.h"
#include "controld/session.h"

#include <unistd.h>

#include "calls/metrics.h"
#include "ipc/ipc.h"
#include "metrics/metrics.h"

enum { PAGE_MAX = 4 << 20, ASK_MS = 2000 };

typedef int ask_fn(const struct metrics_args *a, struct arena *mem, struct metrics_reply *out);
static const struct {
	enum role role;
	ask_fn *ask;
} asked[] = { { ROLE_EDGE, metrics_edge },       { ROLE_AUTH, metrics_auth },
	      { ROLE_STORE, metrics_store },     { ROLE_COURIER, metrics_courier },
	      { ROLE_INSPECT, metrics_inspect }, { ROLE_MIRROR, metrics_mirror } };

enum { PROCESSES_MAX = N_ELEMS(asked) + 1 };
struct gathered {
	struct metrics_process processes[PROCESSES_MAX];
	uint64_t pids[PROCESSES_MAX];
	size_t n;
	bool answers[N_ELEMS(asked)];
	size_t n_asked; /* the last of them is there with a setting alone */
};

static bool is_known(const struct gathered *g, uint64_t pid)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->pids[i] == pid)
			return true;
	return false;
}

static void add(struct gathered *g, const char *role, uint64_t pid, const uint64_t *values)
{
	if (is_known(g, pid))
		return; /* all roles are in one process */
	g->pids[g->n] = pid;
	g->processes[g->n++] = (struct metrics_process){ role, values };
}

static int add_own(struct gathered *g, struct arena *mem)
{
	uint64_t *values = arena_array(mem, uint64_t, metrics_count());

	if (!values)
		return err(ERR_NO_MEMORY, "no memory for metrics");
	metrics_read(values);
	add(g, role_name(ROLE_CONTROL), (uint64_t)getpid(), values);
	return 0;
}

/* A role that is being started again, or that does not answer, is missing on the page, and said to
 * be. */
static WAITS void ask_role(struct gathered *g, size_t i, struct arena *mem)
{
	struct metrics_args a = { .n = (uint32_t)metrics_count() };
	struct metrics_reply got;
	FIBRE_TIMEOUT(ASK_MS);
	uint64_t *values = arena_array(mem, uint64_t, a.n);

	if (!values || asked[i].ask(&a, mem, &got) < 0 || /* WAITS */
	    got.values.n != a.n * sizeof *values)
		return;
	memcpy(values, got.values.p, got.values.n);
	add(g, role_name(asked[i].role), got.process, values);
	g->answers[i] = true;
}

static void put_up(const struct gathered *g, struct buf *out)
{
	static const char name[] = "postrider_role_up";

	buf_printf(out, "# HELP %s Whether a role answers.\n# TYPE %s gauge\n", name, name);
	for (size_t i = 0; i < g->n_asked; i++)
		buf_printf(out, "%s{role=\"%s\"} %d\n", name, role_name(asked[i].role),
		           g->answers[i]);
}

WAITS int controld_metrics_page(const struct settings *set, struct arena *mem, struct buf *out)
{
	struct gathered g = { .n_asked = N_ELEMS(asked) - !*set->ledger_mirror };
	int r = add_own(&g, mem);

	for (size_t i = 0; r >= 0 && i < g.n_asked; i++)
		ask_role(&g, i, mem); /* WAITS */
	if (r >= 0)
		r = metrics_print(g.processes, g.n, out);
	if (r >= 0)
		put_up(&g, out);
	return r < 0 ? r : out->err;
}

WAITS int controld_metrics(struct controld_session *s, UNUSED json_t *request)
{
	AUTO_BUF page = BUF(PAGE_MAX);
	AUTO_BUF line = BUF(64);
	int r = controld_metrics_page(s->set, &s->mem, &page); /* WAITS */

	if (r < 0)
		return r;
	buf_printf(&line, "{\"ok\":true,\"size\":%zu}", page.n);
	r = controld_put_line(s, &line); /* WAITS */
	if (r >= 0)
		r = stream_put(s->stream, buf_span(&page)); /* WAITS */
	return r < 0 ? ERR_CLOSED : 0;
}
