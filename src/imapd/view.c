/* imapd/view.c - see view.h. */
#include "imapd/view.h"

#include <stdlib.h>

void view_fini(struct view *v)
{
	free(v->runs);
	*v = (struct view){ 0 };
}

static int grow(struct view *v)
{
	if (v->n_runs < v->room)
		return 0;
	size_t room = v->room ? 2 * v->room : 4;
	struct view_run *runs = realloc(v->runs, room * sizeof *runs);
	if (!runs)
		return ERR_NO_MEMORY;
	v->runs = runs;
	v->room = room;
	return 0;
}

static uint32_t run_n(const struct view *v, size_t i)
{
	uint32_t end = i + 1 < v->n_runs ? v->runs[i + 1].number : v->n + 1;
	return end - v->runs[i].number;
}

int view_append(struct view *v, uint32_t uid, uint32_t n)
{
	if (v->n_runs && view_last_uid(v) + 1 == uid) {
		v->n += n;
		return 0;
	}
	int r = grow(v);
	if (r < 0)
		return r;
	v->runs[v->n_runs++] = (struct view_run){ uid, v->n + 1 };
	v->n += n;
	return 0;
}

/* The last run that begins at or before the UID; n_runs: none does. */
static size_t find_uid(const struct view *v, uint32_t uid)
{
	size_t low = 0, high = v->n_runs;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (v->runs[mid].uid <= uid)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? low - 1 : v->n_runs;
}

static size_t find_number(const struct view *v, uint32_t number)
{
	size_t low = 0, high = v->n_runs;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (v->runs[mid].number <= number)
			low = mid + 1;
		else
			high = mid;
	}
	return low - 1;
}

uint32_t view_uid(const struct view *v, uint32_t number)
{
	if (!number || number > v->n)
		return 0;
	const struct view_run *run = &v->runs[find_number(v, number)];
	return run->uid + (number - run->number);
}

uint32_t view_number(const struct view *v, uint32_t uid)
{
	size_t i = find_uid(v, uid);

	if (i == v->n_runs || uid - v->runs[i].uid >= run_n(v, i))
		return 0;
	return v->runs[i].number + (uid - v->runs[i].uid);
}

uint32_t view_next(const struct view *v, uint32_t uid, uint32_t *n)
{
	size_t i = find_uid(v, uid);

	if (i < v->n_runs && uid - v->runs[i].uid < run_n(v, i)) {
		*n = run_n(v, i) - (uid - v->runs[i].uid);
		return uid;
	}
	i = i == v->n_runs ? 0 : i + 1;
	if (i >= v->n_runs)
		return 0;
	*n = run_n(v, i);
	return v->runs[i].uid;
}

uint32_t view_last_uid(const struct view *v)
{
	return view_uid(v, v->n);
}

size_t view_meet(const struct view *v, const struct imap_run *runs, size_t n, struct imap_run *out)
{
	size_t n_out = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t count, uid = runs[i].first, last = runs[i].last;
		while (uid && uid <= last && (uid = view_next(v, uid, &count)) && uid <= last) {
			uint32_t end = count - 1 > last - uid ? last : uid + count - 1;
			if (n_out && out[n_out - 1].last + 1 == uid)
				out[n_out - 1].last = end;
			else
				out[n_out++] = (struct imap_run){ uid, end };
			uid = end + 1;
		}
	}
	return n_out;
}

size_t view_join(const struct view *v, struct imap_run *runs, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++) {
		if (left &&
		    view_number(v, runs[left - 1].last) + 1 == view_number(v, runs[i].first))
			runs[left - 1].last = runs[i].last;
		else
			runs[left++] = runs[i];
	}
	return left;
}

/* Of the UIDs from .. end - 1, those that stay, to the other view, which has the room. */
static int keep(struct view *left, uint64_t from, uint64_t end, const struct imap_run *gone,
                size_t n, size_t *at)
{
	int r = 0;

	while (r >= 0 && from < end) {
		while (*at < n && gone[*at].last < from)
			++*at;
		uint64_t stop = *at < n && gone[*at].first < end ? gone[*at].first : end;
		if (stop > from)
			r = view_append(left, (uint32_t)from, (uint32_t)(stop - from));
		from = stop < end ? (uint64_t)gone[*at].last + 1 : end;
	}
	return r;
}

int view_remove(struct view *v, const struct imap_run *gone, size_t n)
{
	struct view left = { .room = v->n_runs + n };
	size_t at = 0;
	int r = 0;

	left.runs = calloc(left.room ? left.room : 1, sizeof *left.runs);
	if (!left.runs)
		return ERR_NO_MEMORY;
	for (size_t i = 0; r >= 0 && i < v->n_runs; i++) {
		uint64_t first = v->runs[i].uid;
		r = keep(&left, first, first + run_n(v, i), gone, n, &at);
	}
	view_fini(v);
	*v = left;
	return r;
}
