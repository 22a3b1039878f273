/* store/mailbox/left.c - see left.h. */
#include "store/mailbox/left.h"

#include <stdlib.h>

#include "store/journal/crc32c.h"
#include "store/mailbox/array.h"
#include "store/mailbox/idx.h"

#define FLAGS_NEVER (MAILBOX_GONE | UINT64_C(0xe0)) /* in a row that is there */

static int grow(void *list, size_t n, size_t *room, size_t size)
{
	void **v = list;
	if (n < *room)
		return 0;
	size_t more = *room ? 2 * *room : 64;
	void *bigger = reallocarray(*v, more, size);
	if (!bigger)
		return err(ERR_NO_MEMORY, "no memory for the rows of a damaged mailbox");
	*v = bigger;
	*room = more;
	return 0;
}

static int add_row(struct left *l, const struct box_row *row, bool sure)
{
	int r = grow(&l->out.rows, l->out.n, &l->room, sizeof *l->out.rows);
	if (r >= 0)
		l->out.rows[l->out.n++] = (struct box_left_row){ *row, sure };
	return r;
}

static int add_change(struct left *l, const struct box_change *c)
{
	int r = grow(&l->changes, l->n_changes, &l->changes_room, sizeof *l->changes);
	if (r >= 0)
		l->changes[l->n_changes++] = *c;
	return r;
}

/* ---- one file ---- */

static int take_block(struct left *l, const struct idx_block *b, const char *payload)
{
	int r = 0;
	for (size_t i = 0; i < b->count && r >= 0; i++) {
		struct box_row row;
		struct box_change change;
		switch (b->kind) {
		case IDX_ROWS:
		case IDX_BASE:
			box_row_get(payload + i * BOX_ROW_BYTES, &row);
			r = add_row(l, &row, true);
			break;
		case IDX_CHANGES:
			box_change_get(payload + i * BOX_CHANGE_BYTES, &change);
			r = add_change(l, &change);
			break;
		default: return 0; /* caches are made again */
		}
	}
	return r;
}

/* Octets of the block that checks at `at`; 0: none does. */
static size_t block_at(struct span file, size_t at, const struct idx_header *h, struct idx_block *b)
{
	struct span rest = span_sub(file, at, SIZE_MAX);
	if (idx_block_get(rest, b) < 0) {
		err_clear();
		return 0;
	}
	struct span payload = span_sub(rest, IDX_BLOCK_BYTES, idx_payload_bytes(b));
	bool checks = payload.n == idx_payload_bytes(b) &&
	              crc32c(idx_block_crc(rest.p, h, at), payload) == idx_block_checksum(rest.p);
	return checks ? IDX_BLOCK_BYTES + payload.n : 0;
}

static bool row_at(const struct left *l, struct span file, size_t at, struct box_row *out)
{
	if (file.n - at < BOX_ROW_BYTES)
		return false;
	box_row_get(file.p + at, out);
	return out->uid && out->uid < l->uid_next && !(out->flags & FLAGS_NEVER) &&
	       l->knows(out->message, l->arg);
}

/* The header, else what is known of it.  False: it is another mailbox's file. */
static bool header_of(struct left *l, struct span file, uint32_t serial, struct idx_header *out)
{
	*out = (struct idx_header){ .mailbox = l->mailbox, .serial = serial };
	if (idx_header_get(file, out) < 0) {
		err_clear();
		l->out.whole = false;
	}
	l->out.whole &= out->mailbox == l->mailbox && !(out->flags & IDX_LOST);
	return out->mailbox == l->mailbox;
}

int left_scan(struct left *l, struct span file, uint32_t serial, uint64_t octets)
{
	struct idx_header h;
	int r = 0;
	if (!header_of(l, file, serial, &h))
		return 0;
	if (h.serial == serial && file.n > octets)
		file.n = (size_t)octets;
	l->out.whole &= h.serial != serial || file.n == octets;
	for (size_t at = IDX_HEADER_BYTES; at < file.n && r >= 0;) {
		struct idx_block b;
		struct box_row row;
		size_t n = block_at(file, at, &h, &b);
		if (n) {
			r = take_block(l, &b, file.p + at + IDX_BLOCK_BYTES);
		} else if (row_at(l, file, at, &row)) {
			n = BOX_ROW_BYTES;
			l->out.whole = false;
			r = add_row(l, &row, false);
		} else {
			l->out.whole = false;
		}
		at += n ? n : 8;
	}
	return r;
}

/* ---- all of them ---- */

/* Of one uid what is sure first. */
static int by_uid(const void *a_, const void *b_)
{
	const struct box_left_row *a = a_, *b = b_;
	if (a->row.uid != b->row.uid)
		return a->row.uid < b->row.uid ? -1 : 1;
	return (int)b->sure - (int)a->sure;
}

static struct box_left_row *find(const struct left *l, uint32_t uid)
{
	size_t low = 0, high = l->out.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (l->out.rows[middle].row.uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < l->out.n && l->out.rows[low].row.uid == uid ? &l->out.rows[low] : NULL;
}

void left_end(struct left *l)
{
	struct box_left_row *rows = l->out.rows;
	size_t n = 0;
	if (l->out.n)
		qsort(rows, l->out.n, sizeof *rows, by_uid);
	for (size_t i = 0; i < l->out.n; i++)
		if (!n || rows[n - 1].row.uid != rows[i].row.uid)
			rows[n++] = rows[i];
	l->out.n = n;
	for (size_t i = 0; i < l->n_changes; i++) {
		struct box_left_row *row = find(l, l->changes[i].uid);
		if (row)
			box_row_change(&row->row, &l->changes[i]);
	}
	n = 0;
	for (size_t i = 0; i < l->out.n; i++)
		if (!(rows[i].row.flags & MAILBOX_GONE))
			rows[n++] = rows[i];
	l->out.n = n;
}

void left_fini(struct left *l)
{
	free(l->changes);
	l->changes = NULL;
	l->n_changes = l->changes_room = 0;
}
