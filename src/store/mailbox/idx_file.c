/* store/mailbox/idx_file.c - see idx_file.h. */
#include "store/mailbox/idx_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/journal/crc32c.h"
#include "store/journal/file.h"

enum { WINDOW_MIN = 4 << 10, WINDOW_MAX = 64 << 10, PIECE = 1024 };

/* The next n octets, at once into `to` when they are many. */
static int take(struct idx_reader *r, void *to, size_t n)
{
	char *p = to;
	size_t have = n < r->n ? n : r->n;
	memcpy(p, r->window + r->begin, have);
	r->begin += have;
	r->n -= have;
	r->at += have;
	p += have;
	n -= have;
	if (!n)
		return 0;
	struct span got = { 0 };
	bool large = n >= r->room;
	int e = r->fd < 0 ? 0
	                  : file_read_at(r->fd, large ? p : r->window, large ? n : r->room, r->at,
	                                 &got);
	if (e < 0)
		return e;
	if (got.n < n)
		return err(ERR_CORRUPT, "mailbox %u: its index file ends at octet %ju, of %ju",
		           r->file.header.mailbox, (uintmax_t)(r->at + got.n),
		           (uintmax_t)r->file.octets);
	if (!large) {
		memcpy(p, got.p, n);
		r->begin = n;
		r->n = got.n - n;
	}
	r->at += n;
	return 0;
}

static int damaged(const struct idx_reader *r, uint64_t at, const char *what)
{
	return err(ERR_CORRUPT, "mailbox %u: octet %ju of its index file: %s",
	           r->file.header.mailbox, (uintmax_t)at, what);
}

/* A file that was rewritten behind the database's back counts as far as its base. */
static int find_base(struct idx_reader *r)
{
	char octets[IDX_BLOCK_BYTES];
	struct idx_block b;
	uint64_t at = r->at;
	r->file.octets = at + sizeof octets;
	int e = take(r, octets, sizeof octets);
	if (e == 0 &&
	    (idx_block_get(span_make(octets, sizeof octets), &b) < 0 || b.kind != IDX_BASE))
		e = damaged(r, at, "no base stands where a rewritten file begins");
	if (e < 0)
		return e;
	r->file.octets = at + sizeof octets + idx_payload_bytes(&b);
	r->at = at;
	r->begin -= sizeof octets; /* it is read again */
	r->n += sizeof octets;
	return 0;
}

/* The header of a file that should be there. */
static int open_header(struct idx_reader *r, const struct idx_expect *expect)
{
	char octets[IDX_HEADER_BYTES];
	r->file.header.mailbox = expect->mailbox;
	r->file.octets = expect->octets;
	int e = take(r, octets, sizeof octets);
	if (e < 0)
		return e;
	struct idx_header h;
	e = idx_header_get(span_make(octets, sizeof octets), &h);
	if (e < 0)
		return e == ERR_CORRUPT ? damaged(r, 0, "its header does not check") : e;
	if (h.mailbox != expect->mailbox || h.account != expect->account ||
	    h.uid_validity != expect->uid_validity)
		return damaged(r, 0, "its header is another mailbox's");
	if (h.serial < expect->serial)
		return damaged(r, 0, "it is older than the database says");
	r->file.header = h;
	return h.serial > expect->serial ? find_base(r) : 0;
}

static int open_any(struct idx_reader *r, bool there, const struct idx_expect *expect)
{
	if (!expect->octets)
		return 0;
	return there ? open_header(r, expect)
	             : err(ERR_CORRUPT, "mailbox %u: its index file is lost, of %ju octets",
	                   expect->mailbox, (uintmax_t)expect->octets);
}

int idx_reader_open(struct idx_reader *r, int fd, const struct idx_expect *expect)
{
	*r = (struct idx_reader){ .fd = fd, .room = WINDOW_MAX };
	if (expect->octets < r->room) /* all of a small one at once, and no more */
		r->room = expect->octets > WINDOW_MIN ? (size_t)expect->octets : WINDOW_MIN;
	r->window = malloc(r->room);
	if (!r->window)
		return err(ERR_NO_MEMORY, "no memory to read an index file");
	int e = open_any(r, fd >= 0, expect);
	if (e < 0)
		idx_reader_close(r);
	return e;
}

int idx_reader_open_span(struct idx_reader *r, struct span octets, const struct idx_expect *expect)
{
	*r = (struct idx_reader){
		.fd = -1, .given = true, .window = (char *)octets.p, .n = octets.n
	};
	return open_any(r, true, expect);
}

void idx_reader_close(struct idx_reader *r)
{
	if (!r->given)
		free(r->window);
	r->window = NULL;
}

/* ---- blocks ---- */

/* Rows are read to where they stay. */
static int load_rows(struct idx_reader *r, const struct idx_block *b, uint32_t *crc,
                     struct box_array *out)
{
	if (!b->count)
		return 0;
	uint64_t at = r->at;
	int e = box_array_reserve(out, b->count);
	if (e < 0)
		return e;
	char *p = (char *)(out->rows + out->n);
	e = take(r, p, idx_payload_bytes(b));
	if (e < 0)
		return e;
	*crc = crc32c(*crc, span_make(p, idx_payload_bytes(b)));
	for (size_t i = 0; i < b->count; i++, p += BOX_ROW_BYTES) {
		struct box_row row;
		box_row_get(p, &row);
		if (!row.uid || row.uid == UINT32_MAX || row.uid < out->uid_next)
			return damaged(r, at + i * BOX_ROW_BYTES, "UIDs do not rise");
		e = box_array_add(out, &row);
		if (e < 0)
			return e;
	}
	return 0;
}

static void load_piece(const struct idx_block *b, const char *p, size_t n, struct box_array *out)
{
	for (size_t i = 0; i < n; i++)
		if (b->kind == IDX_CHANGES) {
			struct box_change c;
			box_change_get(p + i * BOX_CHANGE_BYTES, &c);
			box_array_change(out, &c);
		} else {
			struct idx_cache c;
			idx_cache_get(p + i * IDX_CACHE_BYTES, &c);
			box_array_cache(out, c.uid, c.cache);
		}
}

static int load_changes(struct idx_reader *r, const struct idx_block *b, uint32_t *crc,
                        struct box_array *out)
{
	char piece[PIECE];
	size_t size = b->kind == IDX_CHANGES ? BOX_CHANGE_BYTES : IDX_CACHE_BYTES;
	for (size_t left = b->count; left;) {
		size_t n = left < PIECE / size ? left : PIECE / size;
		int e = take(r, piece, n * size);
		if (e < 0)
			return e;
		*crc = crc32c(*crc, span_make(piece, n * size));
		load_piece(b, piece, n, out);
		left -= n;
	}
	return 0;
}

/* What a block says is there afterwards. */
static bool agrees(const struct idx_block *b, const struct box_array *a)
{
	return b->exists == a->sums.exists && b->unseen == a->sums.unseen &&
	       b->deleted == a->sums.deleted && b->octets == a->sums.octets &&
	       b->uid_next >= a->uid_next;
}

static int load_block(struct idx_reader *r, struct box_array *out, struct idx_block *b)
{
	char header[IDX_BLOCK_BYTES];
	uint64_t at = r->at;
	int e = take(r, header, sizeof header);
	if (e < 0)
		return e;
	if (idx_block_get(span_make(header, sizeof header), b) < 0 ||
	    r->at + idx_payload_bytes(b) > r->file.octets)
		return damaged(r, at, "no block begins there");
	uint32_t crc = idx_block_crc(header, &r->file.header, at);
	bool rows = b->kind == IDX_ROWS || b->kind == IDX_BASE;
	e = rows ? load_rows(r, b, &crc, out) : load_changes(r, b, &crc, out);
	if (e < 0)
		return e;
	if (crc != idx_block_checksum(header))
		return damaged(r, at, "a block does not check");
	if (!agrees(b, out))
		return damaged(r, at, "a block's numbers are not those of its rows");
	out->uid_next = b->uid_next;
	if (out->modseq < b->modseq)
		out->modseq = b->modseq;
	return 0;
}

int idx_reader_load(struct idx_reader *r, struct box_array *out)
{
	struct box_array a = { 0 };
	struct idx_block b;
	int e = 0;
	if (r->file.header.flags & IDX_LOST)
		e = err(ERR_CORRUPT, "mailbox %u: rows of it are lost, since its index file was",
		        r->file.header.mailbox);
	while (e == 0 && r->at < r->file.octets)
		e = load_block(r, &a, &b);
	if (e < 0)
		box_array_fini(&a);
	else
		*out = a;
	return e;
}

/* ---- names ---- */

void idx_dir_name(uint32_t account, char out[IDX_PATH_BYTES])
{
	snprintf(out, IDX_PATH_BYTES, "%02u/%u", account % 100, account);
}

void idx_name(uint32_t mailbox, const char *suffix, char out[IDX_PATH_BYTES])
{
	snprintf(out, IDX_PATH_BYTES, "%u.%s", mailbox, suffix);
}

int idx_open(int dir, uint32_t account, uint32_t mailbox, int *fd)
{
	char folder[IDX_PATH_BYTES], path[2 * IDX_PATH_BYTES];
	idx_dir_name(account, folder);
	snprintf(path, sizeof path, "%s/%u.idx", folder, mailbox);
	*fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	return *fd >= 0 || errno == ENOENT ? 0 : err_errno(ERR_IO, "cannot open mail/%s", path);
}

int idx_load(int dir, const struct idx_expect *expect, struct box_array *out, struct idx_file *file)
{
	AUTO_FD int fd = -1;
	struct idx_reader r;
	int e = idx_open(dir, expect->account, expect->mailbox, &fd);
	if (e == 0)
		e = idx_reader_open(&r, fd, expect);
	if (e < 0)
		return e;
	e = idx_reader_load(&r, out);
	if (e == 0)
		*file = r.file;
	idx_reader_close(&r);
	return e;
}
