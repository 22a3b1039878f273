/* store/mailbox/box_query.c - what a mailbox's rows are asked. */
#include "store/mailbox/box_impl.h"

static int no_memory(void)
{
	return err(ERR_NO_MEMORY, "no memory for the entries of a mailbox");
}

static bool gone(const struct box_row *row)
{
	return row->flags & MAILBOX_GONE;
}

/* ---- a page ---- */

static bool is_wanted(const struct box_row *row, const struct box_want *want)
{
	return !gone(row) && row->modseq > want->since && (row->flags & want->with) == want->with &&
	       !(row->flags & want->without);
}

/* Entries of the page, into `out` unless it is NULL; *next: the row behind the last one looked at.
 */
static size_t collect(const struct box_array *a, const struct box_want *want, struct box_entry *out,
                      size_t *next)
{
	size_t n = 0, i = box_array_from(a, want->first);
	for (; i < a->n && a->rows[i].uid <= want->last && n < want->max; i++) {
		const struct box_row *row = &a->rows[i];
		if (!is_wanted(row, want))
			continue;
		if (out)
			out[n] = (struct box_entry){ .row = *row };
		n++;
	}
	*next = i;
	return n;
}

/* Nothing more of what is wanted stands from row i on. */
static bool nothing_behind(const struct box_array *a, const struct box_want *want, size_t i)
{
	for (; i < a->n && a->rows[i].uid <= want->last; i++)
		if (is_wanted(&a->rows[i], want))
			return false;
	return true;
}

WAITS int box_page(struct box *b, const struct box_want *want, struct arena *mem,
                   struct box_entry **out, size_t *n, bool *done)
{
	int r = box_load(b);
	if (r < 0)
		return r;
	const struct box_array *a = &b->loaded->array;
	size_t next, count = collect(a, want, NULL, &next);
	struct box_entry *entries = arena_array(mem, struct box_entry, count);
	if (count && !entries)
		return no_memory();
	collect(a, want, entries, &next);
	bool last = nothing_behind(a, want, next);
	size_t kept = count;
	if (want->cache && count)
		r = box_caches_some(b, entries, count, want->cache_bytes, mem, &kept);
	if (r < 0)
		return r;
	*out = entries;
	*n = kept;
	*done = last && kept == count;
	return 0;
}

WAITS int box_find(struct box *b, uint32_t uid, struct box_row *out)
{
	int r = box_load(b);
	if (r < 0)
		return r;
	const struct box_row *row = box_array_find(&b->loaded->array, uid);
	if (!row || gone(row))
		return err(ERR_NOT_FOUND, "no message has UID %u", uid);
	*out = *row;
	return 0;
}

/* ---- some UIDs, one by one ---- */

static const struct mailbox_run all_uids = { .first = 1, .count = UINT32_MAX };

WAITS int box_walk_begin(struct box_walk *w, struct box *b, const struct mailbox_run *runs,
                         size_t n)
{
	int r = box_load(b);
	if (r < 0)
		return r;
	*w = (struct box_walk){ .b = b, .runs = n ? runs : &all_uids, .n = n ? n : 1 };
	w->at = box_array_from(&b->loaded->array, w->runs[0].first);
	return 0;
}

const struct box_row *box_walk_next(struct box_walk *w)
{
	const struct box_array *a = &w->b->loaded->array;
	while (w->run < w->n && w->at < a->n) {
		const struct mailbox_run *run = &w->runs[w->run];
		const struct box_row *row = &a->rows[w->at];
		if (row->uid < run->first) {
			w->at = box_array_from(a, run->first);
		} else if (row->uid - run->first >= run->count) {
			w->run++;
		} else {
			w->at++;
			if (!gone(row))
				return row;
		}
	}
	return NULL;
}

/* ---- runs ---- */

/* Runs of the UIDs from `first` on, into out unless it is NULL, at most max. */
static size_t collect_runs(const struct box_array *a, uint32_t first, size_t max,
                           struct mailbox_run *out, bool *done)
{
	size_t n = 0;
	struct mailbox_run run = { 0 };
	*done = true;
	for (size_t i = box_array_from(a, first); i < a->n; i++) {
		const struct box_row *row = &a->rows[i];
		if (gone(row))
			continue;
		if (n && run.first + run.count == row->uid) {
			run.count++;
		} else if (n == max) {
			*done = false;
			break;
		} else {
			run = (struct mailbox_run){ .first = row->uid, .count = 1 };
			n++;
		}
		if (out)
			out[n - 1] = run;
	}
	return n;
}

WAITS int box_uids(struct box *b, uint32_t first, size_t max, struct arena *mem,
                   struct mailbox_run **out, size_t *n, bool *done)
{
	int r = box_load(b);
	if (r < 0)
		return r;
	const struct box_array *a = &b->loaded->array;
	size_t count = collect_runs(a, first, max, NULL, done);
	struct mailbox_run *runs = arena_array(mem, struct mailbox_run, count);
	if (count && !runs)
		return no_memory();
	collect_runs(a, first, max, runs, done);
	*out = runs;
	*n = count;
	return 0;
}
