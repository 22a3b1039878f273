/* store/mailbox/fold_file.c - one mailbox's part of a fold. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/journal/file.h"
#include "store/mailbox/fold.h"

enum { BUFFER_MAX = 1 << 30 };

/* ---- envelopes ---- */

/* A cache of an earlier generation is written again. */
static int cache_move(struct fold_writing *w, uint64_t message, uint64_t *cache)
{
	struct env_record record = { .message = message };
	if (!*cache || env_place_generation(*cache) == w->env.generation)
		return 0;
	int r = env_reader_get(&w->old, *cache, message, *cache, &record.payload);
	if (r == 0 && !record.payload.n)
		*cache = 0;
	return r == 0 && record.payload.n ? env_writer_put(&w->env, &record, cache) : r;
}

static int place_caches(struct fold_writing *w, struct box_item *item, struct fold_delta *d)
{
	size_t n = d->n_rows + d->n_caches;
	item->placed = n ? reallocarray(NULL, n, sizeof *item->placed) : NULL;
	if (n && !item->placed)
		return err(ERR_NO_MEMORY, "no memory to fold a mailbox");
	for (size_t i = 0; i < n; i++) {
		bool row = i < d->n_rows;
		uint64_t *place = row ? &d->rows[i].cache : &d->caches[i - d->n_rows].cache;
		struct env_record record =
		        row ? (struct env_record){ d->rows[i].message, d->row_caches[i] }
		            : d->cache_records[i - d->n_rows];
		uint64_t before = *place;
		int r = record.payload.n ? env_writer_put(&w->env, &record, place)
		                         : cache_move(w, record.message, place);
		if (r < 0)
			return r;
		if (*place != before)
			item->placed[item->n_placed++] = (struct idx_cache){
				row ? d->rows[i].uid : d->caches[i - d->n_rows].uid, *place
			};
	}
	return 0;
}

/* ---- blocks at the end ---- */

static void numbers_to_block(const struct box_item *item, uint64_t place, struct idx_block *b)
{
	const struct box_numbers *n = &item->numbers;
	*b = (struct idx_block){
		.place = place,
		.modseq = n->modseq,
		.octets = n->octets,
		.uid_next = n->uid_next,
		.exists = n->exists,
		.unseen = n->unseen,
		.deleted = n->deleted,
	};
}

/* What there was without the new rows. */
static void without_rows(struct idx_block *b, const struct fold_delta *d)
{
	struct box_sums sums = { b->exists, b->unseen, b->deleted, b->octets };
	for (size_t i = 0; i < d->n_rows; i++)
		box_sums_take(&sums, d->rows[i].size, d->rows[i].flags);
	b->exists = sums.exists;
	b->unseen = sums.unseen;
	b->deleted = sums.deleted;
	b->octets = sums.octets;
	if (d->n_rows)
		b->uid_next = d->rows[0].uid;
}

static void element_put(const struct fold_delta *d, uint32_t kind, size_t i, char *payload)
{
	switch (kind) {
	case IDX_CHANGES: box_change_put(&d->changes[i], payload + i * BOX_CHANGE_BYTES); break;
	case IDX_CACHES: idx_cache_put(&d->caches[i], payload + i * IDX_CACHE_BYTES); break;
	default: box_row_put(&d->rows[i], payload + i * BOX_ROW_BYTES); break;
	}
}

/* base: the offset in the file of out's first octet. */
static int block_put(struct buf *out, struct idx_block *b, uint32_t kind, size_t count,
                     const struct fold_delta *d, const struct idx_header *h, uint64_t base)
{
	b->kind = kind;
	b->count = (uint32_t)count;
	if (!count)
		return 0;
	size_t n = IDX_BLOCK_BYTES + idx_payload_bytes(b);
	if (buf_reserve(out, n) < 0)
		return err(ERR_NO_MEMORY, "no memory to fold a mailbox");
	char *p = out->p + out->n;
	idx_block_put(b, p);
	for (size_t i = 0; i < count; i++)
		element_put(d, kind, i, p + IDX_BLOCK_BYTES);
	idx_block_seal(p, h, base + out->n, span_make(p + IDX_BLOCK_BYTES, idx_payload_bytes(b)));
	out->n += n;
	return 0;
}

/* Changes are of older rows only, so they stand before the new ones. */
static int blocks_put(struct buf *out, const struct box_item *item, const struct fold_delta *d,
                      uint64_t place, const struct idx_header *h, uint64_t base)
{
	struct idx_block before, after;
	numbers_to_block(item, place, &after);
	before = after;
	without_rows(&before, d);
	int r = block_put(out, &before, IDX_CHANGES, d->n_changes, d, h, base);
	if (r == 0)
		r = block_put(out, &before, IDX_CACHES, d->n_caches, d, h, base);
	return r == 0 ? block_put(out, &after, IDX_ROWS, d->n_rows, d, h, base) : r;
}

static int append(struct fold_writing *w, struct box_item *item, const struct fold_delta *d, int fd)
{
	AUTO_BUF out = BUF(BUFFER_MAX);
	const struct idx_expect *e = &item->expect;
	struct idx_header h = {
		.account = e->account,
		.mailbox = e->mailbox,
		.uid_validity = e->uid_validity,
		.serial = e->octets ? e->serial : e->serial + 1,
	};
	char header[IDX_HEADER_BYTES];
	idx_header_put(&h, header);
	int r = e->octets ? 0 : buf_put(&out, span_make(header, sizeof header));
	if (r == 0)
		r = blocks_put(&out, item, d, w->f->place, &h, e->octets);
	if (r < 0)
		return r;
	r = file_write_at(fd, buf_span(&out), e->octets);
	if (r < 0)
		return r;
	item->numbers.serial = h.serial;
	item->numbers.file_octets = e->octets + out.n;
	item->outcome = FOLD_WRITTEN;
	return 0;
}

/* ---- what to do ---- */

/* Reads what counts of the file, with what is new; 1: it is damaged. */
static int load(struct idx_reader *r, const struct fold_delta *d, struct box_array *out)
{
	int e = idx_reader_load(r, out);
	if (e == ERR_CORRUPT)
		return 1;
	return e == 0 ? fold_delta_apply(d, out) : e;
}

static void numbers_of(const struct box_array *a, struct box_numbers *n)
{
	n->exists = a->sums.exists;
	n->unseen = a->sums.unseen;
	n->deleted = a->sums.deleted;
	n->octets = a->sums.octets;
	if (n->uid_next < a->uid_next)
		n->uid_next = a->uid_next;
	if (n->modseq < a->modseq)
		n->modseq = a->modseq;
}

/* An earlier file is lost: a new one, which says so, takes what comes.  What was set aside first
 * stays. */
static int begin_again(struct fold_writing *w, struct box_item *item, const struct fold_delta *d)
{
	char name[IDX_PATH_BYTES], aside[IDX_PATH_BYTES];
	struct box_array a = { 0 };
	struct idx_header old = { .serial = item->expect.serial, .flags = IDX_LOST };
	idx_name(item->expect.mailbox, "idx", name);
	idx_name(item->expect.mailbox, "damaged", aside);
	if (linkat(w->dir, name, w->dir, aside, 0) < 0 && errno != ENOENT && errno != EEXIST)
		return err_errno(ERR_IO, "cannot set a damaged index file aside");
	int r = fold_delta_apply(d, &a);
	if (r == 0) {
		numbers_of(&a, &item->numbers);
		item->reread = item->lost = true;
		r = fold_rewrite(w, item, &a, &old);
	}
	box_array_fini(&a);
	return r;
}

/* Twice as long as its rows. */
static bool overlong(const struct box_item *item)
{
	return item->expect.octets >
	       FOLD_SLACK_BYTES + UINT64_C(2) * BOX_ROW_BYTES * item->numbers.exists;
}

static int with_rows(struct fold_writing *w, struct box_item *item, const struct fold_delta *d,
                     struct idx_reader *r, int fd, bool ahead)
{
	struct box_array a = { 0 };
	int e = load(r, d, &a);
	if (e == 0 && (ahead || !item->summed)) {
		numbers_of(&a, &item->numbers);
		item->reread = true;
	}
	if (e == 0 && (ahead || item->renew || overlong(item)))
		e = fold_rewrite(w, item, &a, &r->file.header);
	else if (e >= 0)
		e = ahead && e ? begin_again(w, item, d) : append(w, item, d, fd);
	box_array_fini(&a);
	return e;
}

/* The mailbox's first file: the new rows are all there are. */
static int begin(struct fold_writing *w, struct box_item *item, const struct fold_delta *d, int fd)
{
	struct box_array a = { 0 };
	int r = item->summed ? 0 : fold_delta_apply(d, &a);
	if (r == 0 && !item->summed) {
		numbers_of(&a, &item->numbers);
		item->reread = true;
	}
	box_array_fini(&a);
	return r == 0 ? append(w, item, d, fd) : r;
}

/* To one that there is. */
static int go_on(struct fold_writing *w, struct box_item *item, const struct fold_delta *d, int fd)
{
	struct idx_reader r;
	bool rows = !item->summed || item->renew || overlong(item);
	if (item->checked && !rows && fd >= 0)
		return append(w, item, d, fd);
	int e = idx_reader_open(&r, fd, &item->expect);
	if (e == ERR_CORRUPT)
		return begin_again(w, item, d);
	if (e < 0)
		return e;
	bool ahead = r.file.header.serial != item->expect.serial;
	e = ahead || rows ? with_rows(w, item, d, &r, fd, ahead) : append(w, item, d, fd);
	idx_reader_close(&r);
	return e;
}

static int write_item(struct fold_writing *w, struct box_item *item, const struct fold_delta *d)
{
	char name[IDX_PATH_BYTES];
	bool first = !item->expect.octets;
	idx_name(item->expect.mailbox, "idx", name);
	AUTO_FD int fd = openat(w->dir, name, O_RDWR | O_CLOEXEC | (first ? O_CREAT : 0), 0600);
	if (fd < 0 && errno != ENOENT)
		return err_errno(ERR_IO, "cannot open index file %u", item->expect.mailbox);
	return first ? begin(w, item, d, fd) : go_on(w, item, d, fd);
}

int fold_item(struct fold_writing *w, struct box_item *item)
{
	struct fold_delta d;
	arena_reset(&w->mem);
	int r = fold_delta_make(&item->ops, &w->mem, &d);
	if (r == 0)
		r = place_caches(w, item, &d);
	if (r < 0)
		return r;
	if (list_empty(&item->ops) && !item->expect.octets) {
		item->outcome = FOLD_WRITTEN;
		return 0;
	}
	return write_item(w, item, &d);
}
