/* imapd/list/rows.c - see rows.h. */
#include "imapd/list/rows.h"

#include <stdlib.h>

#include "imapd/name.h"

static int by_path(const void *a, const void *b)
{
	const struct imapd_list_row *x = a, *y = b;

	return span_cmp(x->m->path, y->m->path);
}

static struct imapd_list_row *find(struct imapd_list_row *rows, size_t n, struct span path)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = span_cmp(rows[mid].m->path, path);
		if (order == 0)
			return &rows[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* The next level above: "a/b" of "a/b/c".  False: it is at the top. */
static bool above(struct span *path)
{
	for (size_t i = path->n; i-- > 0;)
		if (path->p[i] == '/') {
			path->n = i;
			return true;
		}
	return false;
}

/* Levels above row i that have no row. */
static int add_levels(struct imapd_list_row *rows, size_t n, size_t i, struct arena *mem,
                      struct imapd_list_row *out, size_t *n_out)
{
	for (struct span path = rows[i].m->path; above(&path) && !find(rows, n, path);) {
		struct mailbox_info *m = arena_new(mem, struct mailbox_info);
		if (!m)
			return ERR_NO_MEMORY;
		m->path = path;
		out[(*n_out)++].m = m;
	}
	return 0;
}

static size_t unique(struct imapd_list_row *rows, size_t n)
{
	size_t left = 0;

	qsort(rows, n, sizeof *rows, by_path);
	for (size_t i = 0; i < n; i++)
		if (!left || span_cmp(rows[left - 1].m->path, rows[i].m->path) != 0)
			rows[left++] = rows[i];
	return left;
}

int imapd_list_rows(const struct mailbox_info *all, size_t n, bool levels, struct arena *mem,
                    struct imapd_list_row **out, size_t *n_out)
{
	size_t bare = 0, rows_n = n;
	int r = 0;

	for (size_t i = 0; levels && i < n; i++)
		bare += all[i].mailbox == 0;
	struct imapd_list_row *rows =
	        arena_array(mem, struct imapd_list_row, n + bare * MAILBOX_LEVELS_MAX + 1);
	if (!rows)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < n; i++)
		rows[i].m = &all[i];
	for (size_t i = 0; bare && r >= 0 && i < n; i++)
		if (!all[i].mailbox)
			r = add_levels(rows, n, i, mem, rows, &rows_n);
	*out = rows;
	*n_out = bare ? unique(rows, rows_n) : n;
	return r;
}

/* By the options that every name must meet. */
static bool is_selected(const struct imap_list *a, bool lsub, const struct mailbox_info *m)
{
	if ((lsub || a->select & IMAP_LIST_SELECT_SUBSCRIBED) && !m->subscribed)
		return false;
	if (a->select & IMAP_LIST_SELECT_SPECIAL_USE)
		return imapd_use_word(m->role);
	return lsub || a->select & IMAP_LIST_SELECT_SUBSCRIBED || m->mailbox;
}

void imapd_list_look_below(const struct imap_list *a, bool lsub, struct imapd_list_row *rows,
                           size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool selected = is_selected(a, lsub, rows[i].m);
		for (struct span path = rows[i].m->path; above(&path);) {
			struct imapd_list_row *level = find(rows, n, path);
			if (!level)
				continue;
			level->children |= rows[i].m->mailbox > 0;
			level->below |= selected;
			level->hidden_below |= selected && !rows[i].fits;
		}
	}
}

bool imapd_list_shows(const struct imap_list *a, bool lsub, const struct imapd_list_row *row)
{
	bool recursive = lsub || a->select & IMAP_LIST_SELECT_RECURSIVEMATCH;

	return row->fits && (is_selected(a, lsub, row->m) || (recursive && row->hidden_below));
}

int imapd_list_put_childinfo(const struct imap_list *a, const struct imapd_list_row *row,
                             struct buf *out)
{
	const char *between = "";

	if (!row->below || !(a->select & IMAP_LIST_SELECT_RECURSIVEMATCH))
		return 0;
	buf_puts(out, " (\"CHILDINFO\" (");
	if (a->select & IMAP_LIST_SELECT_SUBSCRIBED) {
		buf_puts(out, "\"SUBSCRIBED\"");
		between = " ";
	}
	if (a->select & IMAP_LIST_SELECT_SPECIAL_USE)
		buf_printf(out, "%s\"SPECIAL-USE\"", between);
	return buf_puts(out, "))");
}
