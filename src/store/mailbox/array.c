/* store/mailbox/array.c - see array.h. */
#include "store/mailbox/array.h"

#include <stdlib.h>

enum { ROOM_MIN = 16 };

void box_sums_add(struct box_sums *s, uint32_t size, uint64_t flags)
{
	if (flags & MAILBOX_GONE)
		return;
	s->exists++;
	s->unseen += !(flags & MAILBOX_SEEN);
	s->deleted += !!(flags & MAILBOX_DELETED);
	s->octets += size;
}

void box_sums_take(struct box_sums *s, uint32_t size, uint64_t flags)
{
	if (flags & MAILBOX_GONE)
		return;
	s->exists--;
	s->unseen -= !(flags & MAILBOX_SEEN);
	s->deleted -= !!(flags & MAILBOX_DELETED);
	s->octets -= size;
}

void box_array_fini(struct box_array *a)
{
	free(a->rows);
	*a = (struct box_array){ 0 };
}

int box_array_reserve(struct box_array *a, size_t n)
{
	if (n <= a->room - a->n)
		return 0;
	size_t room = a->n + n;
	if (room < a->n + a->n / 4)
		room = a->n + a->n / 4;
	if (room < ROOM_MIN)
		room = ROOM_MIN;
	struct box_row *rows = reallocarray(a->rows, room, sizeof *rows);
	if (!rows)
		return err(ERR_NO_MEMORY, "no memory for %zu rows of a mailbox", room);
	a->rows = rows;
	a->room = room;
	return 0;
}

size_t box_array_from(const struct box_array *a, uint32_t uid)
{
	size_t low = 0, high = a->n;
	if (uid && uid <= high && a->rows[uid - 1].uid == uid) /* nothing went yet */
		return uid - 1;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (a->rows[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct box_row *box_array_find(const struct box_array *a, uint32_t uid)
{
	size_t i = box_array_from(a, uid);
	return i < a->n && a->rows[i].uid == uid ? &a->rows[i] : NULL;
}

static void counted(struct box_array *a, const struct box_row *row)
{
	box_sums_add(&a->sums, row->size, row->flags);
	a->gone += !!(row->flags & MAILBOX_GONE);
	if (a->modseq < row->modseq)
		a->modseq = row->modseq;
}

int box_array_add(struct box_array *a, const struct box_row *row)
{
	if (row->uid < a->uid_next)
		return 0;
	int r = box_array_reserve(a, 1);
	if (r < 0)
		return r;
	a->rows[a->n++] = *row;
	a->uid_next = row->uid + 1;
	counted(a, row);
	return 0;
}

bool box_row_change(struct box_row *row, const struct box_change *c)
{
	if ((row->flags & MAILBOX_GONE) || c->modseq <= row->modseq)
		return false;
	row->flags = c->flags;
	row->modseq = c->modseq;
	return true;
}

void box_array_change(struct box_array *a, const struct box_change *c)
{
	struct box_row *row = box_array_find(a, c->uid);
	if (!row)
		return;
	uint64_t before = row->flags;
	if (!box_row_change(row, c))
		return;
	box_sums_take(&a->sums, row->size, before);
	counted(a, row);
}

void box_array_cache(struct box_array *a, uint32_t uid, uint64_t cache)
{
	struct box_row *row = box_array_find(a, uid);
	if (row)
		row->cache = cache;
}

void box_array_forget(struct box_array *a, uint64_t floor)
{
	size_t kept = 0;
	for (size_t i = 0; i < a->n; i++) {
		bool gone = a->rows[i].flags & MAILBOX_GONE;
		if (gone && a->rows[i].modseq <= floor)
			a->gone--;
		else
			a->rows[kept++] = a->rows[i];
	}
	a->n = kept;
}
