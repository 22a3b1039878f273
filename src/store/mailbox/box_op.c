/* store/mailbox/box_op.c - what is applied, and waits for a fold. */
#include <stdlib.h>

#include "store/mailbox/box_impl.h"

/* One block of memory: the op, n elements, n spans, the spans' octets. */
static struct box_op *op_make(struct box *b, enum box_op_kind kind, size_t n, size_t size,
                              const struct span *caches)
{
	size_t octets = sizeof(struct box_op) + n * (size + (caches ? sizeof *caches : 0));
	for (size_t i = 0; caches && i < n; i++)
		octets += caches[i].n;
	struct box_op *op = malloc(octets);
	if (!op)
		return NULL;
	*op = (struct box_op){ .b = b, .kind = kind, .octets = octets, .n = n };
	b->refs++;
	char *p = (char *)(op + 1) + n * size;
	if (!caches)
		return op;
	op->caches = (struct span *)p;
	p += n * sizeof *caches;
	for (size_t i = 0; i < n; i++) {
		if (caches[i].n)
			memcpy(p, caches[i].p, caches[i].n);
		op->caches[i] = span_make(p, caches[i].n);
		p += caches[i].n;
	}
	return op;
}

static int no_memory(void)
{
	return err(ERR_NO_MEMORY, "no memory for changes of a mailbox");
}

int box_op_rows(struct box *b, const struct box_row *rows, const struct span *caches, size_t n,
                struct box_op **out)
{
	for (size_t i = 0; caches && i < n; i++)
		if (caches[i].n > BOX_CACHE_BYTES_MAX)
			return err(ERR_TOO_LONG, "the envelope of a message has %zu octets",
			           caches[i].n);
	struct box_op *op = op_make(b, BOX_OP_ROWS, n, sizeof *rows, caches);
	if (!op)
		return no_memory();
	op->rows = (struct box_row *)(op + 1);
	memcpy(op->rows, rows, n * sizeof *rows);
	for (size_t i = 0; caches && i < n; i++)
		if (caches[i].n)
			op->rows[i].cache = 0; /* its octets are in the op */
	*out = op;
	return 0;
}

int box_op_changes(struct box *b, const struct box_change *changes, size_t n, struct box_op **out)
{
	struct box_op *op = op_make(b, BOX_OP_CHANGES, n, sizeof *changes, NULL);
	if (!op)
		return no_memory();
	op->changes = (struct box_change *)(op + 1);
	memcpy(op->changes, changes, n * sizeof *changes);
	*out = op;
	return 0;
}

int box_op_cache(struct box *b, uint32_t uid, uint64_t message, struct span cache,
                 struct box_op **out)
{
	if (cache.n > BOX_CACHE_BYTES_MAX)
		return err(ERR_TOO_LONG, "the envelope of a message has %zu octets", cache.n);
	struct box_op *op = op_make(b, BOX_OP_CACHE, 1, 0, &cache);
	if (!op)
		return no_memory();
	op->uid = uid;
	op->message = message;
	*out = op;
	return 0;
}

void box_op_free(struct box_op *op)
{
	if (op)
		box_unref(op->b);
	free(op);
}

void box_ops_free(struct box_set *s, struct list *ops)
{
	struct box_op *op, *next;
	LIST_EACH_SAFE(op, next, ops, link) {
		if (s) {
			s->pending_octets -= op->octets;
			s->pending_records -= op->n;
		}
		free(op);
	}
	list_init(ops);
}

int box_op_to_array(const struct box_op *op, struct box_array *a)
{
	int r = 0;
	switch (op->kind) {
	case BOX_OP_ROWS:
		for (size_t i = 0; i < op->n && r == 0; i++)
			r = box_array_add(a, &op->rows[i]);
		break;
	case BOX_OP_CHANGES:
		for (size_t i = 0; i < op->n; i++)
			box_array_change(a, &op->changes[i]);
		break;
	case BOX_OP_CACHE: box_array_cache(a, op->uid, 0); break; /* its octets are in the op */
	}
	return r;
}

/* ---- application ---- */

static struct box_sums sums_get(const struct box_numbers *n)
{
	return (struct box_sums){ n->exists, n->unseen, n->deleted, n->octets };
}

static void sums_put(struct box_numbers *n, struct box_sums s)
{
	n->exists = s.exists;
	n->unseen = s.unseen;
	n->deleted = s.deleted;
	n->octets = s.octets;
}

/* Rows that are known already go; the others are counted. */
static void apply_rows(struct box_op *op, struct box_numbers *n)
{
	struct box_sums sums = sums_get(n);
	size_t kept = 0;
	for (size_t i = 0; i < op->n; i++) {
		const struct box_row *row = &op->rows[i];
		if (row->uid < n->uid_next)
			continue;
		n->uid_next = row->uid + 1;
		if (n->modseq < row->modseq)
			n->modseq = row->modseq;
		box_sums_add(&sums, row->size, row->flags);
		if (op->caches)
			op->caches[kept] = op->caches[i];
		op->rows[kept++] = *row;
	}
	op->n = kept;
	op->uid = kept ? op->rows[0].uid : 0;
	op->last = kept ? op->rows[kept - 1].uid : 0;
	sums_put(n, sums);
}

static void apply_changes(const struct box_op *op, struct box_numbers *n)
{
	for (size_t i = 0; i < op->n; i++)
		if (n->modseq < op->changes[i].modseq)
			n->modseq = op->changes[i].modseq;
}

void box_apply(struct box_op *op)
{
	struct box *b = op->b;
	struct box_set *s = b->set;
	if (b->removed) {
		box_op_free(op);
		return;
	}
	b->refs--; /* it is the box's */
	if (op->kind == BOX_OP_ROWS)
		apply_rows(op, &b->numbers);
	else if (op->kind == BOX_OP_CHANGES)
		apply_changes(op, &b->numbers);
	if (b->loaded && box_op_to_array(op, &b->loaded->array) < 0) {
		err_clear();
		box_unload(b); /* it is read again when needed */
	}
	if (b->loaded) {
		sums_put(&b->numbers, b->loaded->array.sums);
		box_loaded_resized(b);
	} else if (op->kind == BOX_OP_CHANGES) {
		b->summed = false;
	}
	list_push_back(&b->ops, &op->link);
	if (!list_linked(&b->in_pending))
		list_push_back(&s->pending, &b->in_pending);
	s->pending_octets += op->octets;
	s->pending_records += op->n;
}

/* ---- caches that wait ---- */

/* Index of the first entry with that uid or above. */
static size_t entry_from(const struct box_entry *entries, size_t n, uint32_t uid)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (entries[middle].row.uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void offer(struct box_entry *entries, size_t n, uint32_t uid, struct span cache)
{
	size_t i = entry_from(entries, n, uid);
	if (cache.n && i < n && entries[i].row.uid == uid)
		entries[i].cache = cache;
}

static void offer_rows(const struct box_op *op, struct box_entry *entries, size_t n)
{
	if (op->uid > entries[n - 1].row.uid || op->last < entries[0].row.uid)
		return; /* of many ops, nothing but this is touched */
	for (size_t i = 0; op->caches && i < op->n; i++)
		offer(entries, n, op->rows[i].uid, op->caches[i]);
}

/* A row that has a place has its cache in the file: of those, however many wait, none is sought. */
void box_op_caches(const struct list *ops, struct box_entry *entries, size_t n)
{
	const struct box_op *op;
	for (; n && entries[n - 1].row.cache; n--)
		;
	for (; n && entries->row.cache; n--)
		entries++;
	if (!n)
		return;
	LIST_EACH(op, ops, link)
		if (op->kind == BOX_OP_CACHE)
			offer(entries, n, op->uid, op->caches[0]);
		else if (op->kind == BOX_OP_ROWS)
			offer_rows(op, entries, n);
}
