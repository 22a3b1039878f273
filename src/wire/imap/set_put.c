/* wire/imap/set_put.c - sets as text; see set.h. */
#include "wire/imap/set.h"

static int put_run(struct buf *out, struct imap_run run, bool some)
{
	if (some)
		(void)buf_putc(out, ',');
	if (run.first == run.last)
		return buf_printf(out, "%u", run.first);
	return buf_printf(out, "%u:%u", run.first, run.last);
}

int imap_put_runs(struct buf *out, const struct imap_run *runs, size_t n_runs)
{
	for (size_t i = 0; i < n_runs; i++)
		(void)put_run(out, runs[i], i > 0);
	return out->err;
}

int imap_runs_end(struct imap_runs_writer *w, struct buf *out)
{
	if (w->run.first)
		(void)put_run(out, w->run, w->some);
	w->some |= w->run.first != 0;
	w->run = (struct imap_run){ 0 };
	return out->err;
}

int imap_runs_add(struct imap_runs_writer *w, struct buf *out, uint32_t number)
{
	int e;

	if (w->run.first && w->run.last != UINT32_MAX && number == w->run.last + 1) {
		w->run.last = number;
		return 0;
	}
	e = imap_runs_end(w, out);
	w->run = (struct imap_run){ number, number };
	return e;
}
