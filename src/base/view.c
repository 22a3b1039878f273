/* base/view.c - see view.h. */
#include "base/view.h"

#include <stdbool.h>
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

static bool begins_by_uid(const struct view_run *run, uint32_t uid)
{
	return run->uid <= uid;
}

static bool begins_by_number(const struct view_run *run, uint32_t number)
{
	return run->number <= number;
}

/* The last run that begins at or before it; n_runs: none does. */
static size_t find(const struct view *v, uint32_t what,
                   bool (*begins_by)(const struct view_run *run, uint32_t what))
{
	size_t low = 0, high = v->n_runs;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (begins_by(&v->runs[mid], what))
			low = mid + 1;
		else
			high = mid;
	}
	return low ? low - 1 : v->n_runs;
}

uint32_t view_uid(const struct view *v, uint32_t number)
{
	if (!number || number > v->n)
		return 0;
	const struct view_run *run = &v->runs[find(v, number, begins_by_number)];
	return run->uid + (number - run->number);
}

uint32_t view_number(const struct view *v, uint32_t uid)
{
	size_t i = find(v, uid, begins_by_uid);

	if (i == v->n_runs || uid - v->runs[i].uid >= run_n(v, i))
		return 0;
	return v->runs[i].number + (uid - v->runs[i].uid);
}

uint32_t view_next(const struct view *v, uint32_t uid, uint32_t *n)
{
	size_t i = find(v, uid, begins_by_uid);

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
