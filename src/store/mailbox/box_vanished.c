/* store/mailbox/box_vanished.c - which UIDs went (RFC 7162 3.2.5.2). */
#include "store/mailbox/box_impl.h"

struct runs {
	struct mailbox_run *out; /* NULL: counted only */
	size_t n, max;
	bool more; /* than max */
	struct mailbox_run last;
};

/* UIDs first .. last went. */
static void put(struct runs *r, uint32_t first, uint32_t last)
{
	if (first > last || r->more)
		return;
	if (r->n && r->last.first + r->last.count == first) {
		r->last.count += last - first + 1;
	} else if (r->n == r->max) {
		r->more = true;
		return;
	} else {
		r->last = (struct mailbox_run){ .first = first, .count = last - first + 1 };
		r->n++;
	}
	if (r->out)
		r->out[r->n - 1] = r->last;
}

/* Of UIDs first .. last: those that are not there. */
static void put_missing(struct runs *r, const struct box_array *a, uint32_t first, uint32_t last)
{
	for (size_t i = box_array_from(a, first); i < a->n && a->rows[i].uid <= last; i++) {
		if (a->rows[i].flags & MAILBOX_GONE)
			continue;
		put(r, first, a->rows[i].uid - 1);
		first = a->rows[i].uid + 1;
	}
	put(r, first, last);
}

/* Of UIDs first .. last: those that went after `since`. */
static void put_gone(struct runs *r, const struct box_array *a, uint32_t first, uint32_t last,
                     uint64_t since)
{
	for (size_t i = box_array_from(a, first); i < a->n && a->rows[i].uid <= last; i++) {
		const struct box_row *row = &a->rows[i];
		if ((row->flags & MAILBOX_GONE) && row->modseq > since)
			put(r, row->uid, row->uid);
	}
}

static struct runs collect(const struct box *b, uint64_t since, const struct mailbox_run *known,
                           size_t n_known, size_t max, struct mailbox_run *out)
{
	const struct box_array *a = &b->loaded->array;
	struct runs r = { .out = out, .max = max };
	for (size_t i = 0; i < n_known && !r.more; i++) {
		uint32_t last = known[i].first + known[i].count - 1;
		if (last >= b->numbers.uid_next)
			last = b->numbers.uid_next - 1;
		if (since < b->numbers.floor)
			put_missing(&r, a, known[i].first, last);
		else
			put_gone(&r, a, known[i].first, last, since);
	}
	return r;
}

WAITS int box_vanished(struct box *b, uint64_t since, const struct mailbox_run *known,
                       size_t n_known, size_t max, struct arena *mem, struct mailbox_run **out,
                       size_t *n, bool *done)
{
	static const struct mailbox_run all = { .first = 1, .count = UINT32_MAX };
	int r = box_load(b);
	if (r < 0)
		return r;
	if (!n_known) {
		known = &all;
		n_known = 1;
	}
	struct runs found = collect(b, since, known, n_known, max, NULL);
	struct mailbox_run *runs = arena_array(mem, struct mailbox_run, found.n);
	if (found.n && !runs)
		return err(ERR_NO_MEMORY, "no memory for what vanished from a mailbox");
	collect(b, since, known, n_known, max, runs);
	*out = runs;
	*n = found.n;
	*done = !found.more;
	return 0;
}
