/* imapd/view_sets.c - see view_sets.h. */
#include "imapd/view_sets.h"

#include <stdlib.h>

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
	for (uint64_t from = 0; r >= 0 && from <= UINT32_MAX;) {
		uint32_t count, uid = view_next(v, (uint32_t)from, &count);
		if (!uid)
			break;
		from = (uint64_t)uid + count;
		r = keep(&left, uid, from, gone, n, &at);
	}
	view_fini(v);
	*v = left;
	return r;
}
