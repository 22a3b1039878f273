/* store/mailbox/fold_base.c - a mailbox's file written anew, with nothing in it that is dead. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "store/journal/crc32c.h"
#include "store/journal/file.h"
#include "store/mailbox/fold.h"

enum { PIECE_ROWS = 4096 };

/* The highest MODSEQ of a row that is gone, or the floor there was. */
static uint64_t floor_of(const struct box_array *a, uint64_t floor)
{
	for (size_t i = 0; i < a->n; i++)
		if ((a->rows[i].flags & MAILBOX_GONE) && a->rows[i].modseq > floor)
			floor = a->rows[i].modseq;
	return floor;
}

/* Into the generation that is written to. */
static int move_caches(struct fold_writing *w, struct box_array *a)
{
	for (size_t i = 0; i < a->n; i++) {
		struct box_row *row = &a->rows[i];
		struct span cache;
		if (!row->cache || env_place_generation(row->cache) == w->env.generation)
			continue;
		int r = env_reader_get(&w->old, row->cache, row->message, a->rows[a->n - 1].cache,
		                       &cache);
		if (r == 0 && cache.n)
			r = env_writer_put(&w->env, &(struct env_record){ row->message, cache },
			                   &row->cache);
		else
			row->cache = 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int write_rows(int fd, const struct box_array *a, uint64_t at, uint32_t *crc)
{
	AUTO_BUF piece = BUF(PIECE_ROWS * BOX_ROW_BYTES);
	int r = buf_reserve(&piece, PIECE_ROWS * BOX_ROW_BYTES);
	for (size_t i = 0; r == 0 && i < a->n;) {
		size_t n = 0;
		for (; n < PIECE_ROWS && i < a->n; n++, i++)
			box_row_put(&a->rows[i], piece.p + n * BOX_ROW_BYTES);
		struct span octets = span_make(piece.p, n * BOX_ROW_BYTES);
		*crc = crc32c(*crc, octets);
		r = file_write_at(fd, octets, at);
		at += octets.n;
	}
	return r;
}

/* Header and base; the base's checksum is known last. */
static int write_file(int fd, const struct idx_header *h, const struct box_item *item,
                      const struct box_array *a, uint64_t place)
{
	const struct box_numbers *n = &item->numbers;
	struct idx_block b = {
		.kind = IDX_BASE,
		.count = (uint32_t)a->n,
		.place = place,
		.modseq = n->modseq,
		.octets = n->octets,
		.uid_next = n->uid_next,
		.exists = n->exists,
		.unseen = n->unseen,
		.deleted = n->deleted,
	};
	char front[IDX_HEADER_BYTES + IDX_BLOCK_BYTES];
	idx_header_put(h, front);
	idx_block_put(&b, front + IDX_HEADER_BYTES);
	uint32_t crc = idx_block_crc(front + IDX_HEADER_BYTES, h, IDX_HEADER_BYTES);
	int r = write_rows(fd, a, sizeof front, &crc);
	if (r < 0)
		return r;
	idx_block_checksum_put(front + IDX_HEADER_BYTES, crc);
	return file_write_at(fd, span_make(front, sizeof front), 0);
}

/* The envelopes it names are synced before it has the name. */
static int sync_all(struct fold_writing *w, int fd)
{
	int r = env_writer_flush(&w->env);
	if (r == 0 && w->env.fd >= 0)
		r = file_sync_data(w->env.fd);
	return r == 0 ? file_sync_data(fd) : r;
}

int fold_rewrite(struct fold_writing *w, struct box_item *item, struct box_array *a,
                 const struct idx_header *old)
{
	char name[IDX_PATH_BYTES], fresh[IDX_PATH_BYTES];
	struct idx_header h = {
		.account = item->expect.account,
		.mailbox = item->expect.mailbox,
		.uid_validity = item->expect.uid_validity,
		.serial = old->serial + 1,
		.flags = old->flags,
		.floor = floor_of(a, old->floor),
	};
	idx_name(h.mailbox, "idx", name);
	idx_name(h.mailbox, "new", fresh);
	box_array_forget(a, h.floor);
	int r = move_caches(w, a);
	if (r < 0)
		return r;
	AUTO_FD int fd = openat(w->dir, fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(ERR_IO, "cannot make a new index file of mailbox %u", h.mailbox);
	r = write_file(fd, &h, item, a, w->f->place);
	if (r == 0)
		r = sync_all(w, fd);
	if (r == 0 && renameat(w->dir, fresh, w->dir, name) < 0)
		r = err_errno(ERR_IO, "cannot put the new index file of mailbox %u in place",
		              h.mailbox);
	if (r < 0) {
		unlinkat(w->dir, fresh, 0);
		return r;
	}
	item->numbers.serial = h.serial;
	item->numbers.floor = h.floor;
	item->numbers.file_octets = IDX_HEADER_BYTES + IDX_BLOCK_BYTES + a->n * BOX_ROW_BYTES;
	item->outcome = FOLD_REWRITTEN;
	return 0;
}
