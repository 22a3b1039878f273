/* store/mailbox/fold_delta.c - what happened in a mailbox since the last fold, as little as it can
 * be: new rows as they are now, of older ones the last change each. */
#include <stdlib.h>

#include "store/mailbox/fold.h"

/* ---- how much there is ---- */

static int reserve(const struct list *ops, struct arena *mem, struct fold_delta *d)
{
	const struct box_op *op;
	size_t rows = 0, changes = 0, caches = 0;
	LIST_EACH(op, ops, link)
		switch (op->kind) {
		case BOX_OP_ROWS: rows += op->n; break;
		case BOX_OP_CHANGES: changes += op->n; break;
		case BOX_OP_CACHE: caches++; break;
		}
	d->rows = arena_array(mem, struct box_row, rows);
	d->row_caches = arena_array(mem, struct span, rows);
	d->changes = arena_array(mem, struct box_change, changes);
	d->caches = arena_array(mem, struct idx_cache, caches);
	d->cache_records = arena_array(mem, struct env_record, caches);
	return (rows && (!d->rows || !d->row_caches)) || (changes && !d->changes) ||
	                       (caches && (!d->caches || !d->cache_records))
	               ? err(ERR_NO_MEMORY, "no memory to fold a mailbox")
	               : 0;
}

/* ---- in order ---- */

/* The new row with that uid, or NULL. */
static struct box_row *new_row(const struct fold_delta *d, uint32_t uid)
{
	struct box_array rows = { .rows = d->rows, .n = d->n_rows };
	return box_array_find(&rows, uid);
}

static void add_rows(struct fold_delta *d, const struct box_op *op)
{
	for (size_t i = 0; i < op->n; i++) {
		d->rows[d->n_rows] = op->rows[i];
		d->row_caches[d->n_rows] = op->caches ? op->caches[i] : (struct span){ 0 };
		d->n_rows++;
	}
}

static void add_changes(struct fold_delta *d, const struct box_op *op)
{
	for (size_t i = 0; i < op->n; i++) {
		struct box_row *row = new_row(d, op->changes[i].uid);
		if (row)
			box_row_change(row, &op->changes[i]);
		else
			d->changes[d->n_changes++] = op->changes[i];
	}
}

static void add_cache(struct fold_delta *d, const struct box_op *op)
{
	const struct box_row *row = new_row(d, op->uid);
	if (row) {
		d->row_caches[row - d->rows] = op->caches[0];
		return;
	}
	d->caches[d->n_caches] = (struct idx_cache){ .uid = op->uid };
	d->cache_records[d->n_caches++] = (struct env_record){ op->message, op->caches[0] };
}

/* ---- the last of each ---- */

/* By uid; of one uid by modseq, what is gone at the end: it stays so. */
static int by_uid(const void *a_, const void *b_)
{
	const struct box_change *a = a_, *b = b_;
	if (a->uid != b->uid)
		return a->uid < b->uid ? -1 : 1;
	bool gone_a = a->flags & MAILBOX_GONE, gone_b = b->flags & MAILBOX_GONE;
	if (gone_a != gone_b)
		return gone_a ? 1 : -1;
	return a->modseq < b->modseq ? -1 : a->modseq > b->modseq;
}

static void last_changes(struct fold_delta *d)
{
	size_t kept = 0;
	if (d->n_changes)
		qsort(d->changes, d->n_changes, sizeof *d->changes, by_uid);
	for (size_t i = 0; i < d->n_changes; i++)
		if (i + 1 == d->n_changes || d->changes[i].uid != d->changes[i + 1].uid)
			d->changes[kept++] = d->changes[i];
	d->n_changes = kept;
}

int fold_delta_make(const struct list *ops, struct arena *mem, struct fold_delta *out)
{
	struct fold_delta d = { 0 };
	const struct box_op *op;
	int r = reserve(ops, mem, &d);
	if (r < 0)
		return r;
	LIST_EACH(op, ops, link)
		switch (op->kind) {
		case BOX_OP_ROWS: add_rows(&d, op); break;
		case BOX_OP_CHANGES: add_changes(&d, op); break;
		case BOX_OP_CACHE: add_cache(&d, op); break;
		}
	last_changes(&d);
	*out = d;
	return 0;
}

int fold_delta_apply(const struct fold_delta *d, struct box_array *a)
{
	for (size_t i = 0; i < d->n_changes; i++)
		box_array_change(a, &d->changes[i]);
	for (size_t i = 0; i < d->n_caches; i++)
		box_array_cache(a, d->caches[i].uid, d->caches[i].cache);
	for (size_t i = 0; i < d->n_rows; i++) {
		const struct box_row *row = &d->rows[i];
		int r = row->uid < a->uid_next ? 0 : box_array_add(a, row);
		if (r < 0)
			return r;
		/* a base that the database never heard of has it, as it was then */
		box_array_change(a, &(struct box_change){ row->uid, row->flags, row->modseq });
	}
	return 0;
}
