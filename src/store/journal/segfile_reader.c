/* store/journal/segfile_reader.c - a segment's records in order, for replay, compaction and verify.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/journal/file.h"
#include "store/journal/segfile.h"

enum { READ_CHUNK = 256 << 10 };

int segfile_reader_open(struct segfile_reader *r, int dir, uint64_t number, uint64_t from,
                        uint64_t limit)
{
	char name[SEGFILE_NAME_BYTES];
	segfile_name(number, "seg", name);
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(ERR_IO, "cannot read %s", name);
	if (from < SEGMENT_HEADER_BYTES)
		from = SEGMENT_HEADER_BYTES;
	*r = (struct segfile_reader){
		.fd = TAKE_FD(fd),
		.number = number,
		.size = (uint64_t)st.st_size,
		.limit = limit,
		.sure = limit == UINT64_MAX ? 0 : limit,
		.offset = from,
		.group_end = from,
		.base = from,
	};
	buf_init(&r->window, r->size + READ_CHUNK);
	return 0;
}

void segfile_reader_close(struct segfile_reader *r)
{
	file_close(&r->fd);
	buf_fini(&r->window);
}

/* Makes the window hold `need` octets from r->offset on, if the file does. */
static int window_grow(struct segfile_reader *r, size_t need)
{
	if (r->offset > r->base) {
		size_t gone = r->offset - r->base;
		buf_consume(&r->window, gone < r->window.n ? gone : r->window.n);
		r->base = r->offset;
	}
	size_t want = need < READ_CHUNK ? READ_CHUNK : need;
	if (want <= r->window.n)
		return 0;
	want -= r->window.n;
	int e = buf_reserve(&r->window, want);
	if (e < 0)
		return e;
	struct span got;
	e = file_read_at(r->fd, r->window.p + r->window.n, want, r->base + r->window.n, &got);
	if (e < 0)
		return e;
	r->window.n += got.n;
	return r->window.n < need ? ERR_CORRUPT : 0;
}

static struct span window(const struct segfile_reader *r)
{
	return span_sub(buf_span(&r->window), r->offset - r->base, SIZE_MAX);
}

/* As segment_group_get. */
static int group_get(const struct segfile_reader *r, size_t *octets, size_t *need)
{
	struct segment_record one;
	int e = segment_group_get(window(r), r->number, r->offset, r->size, octets, need);
	if (e || !r->singly || r->offset >= r->sure)
		return e;
	e = segment_record_get(window(r), r->number, r->offset, r->size, &one, need);
	if (e == 1)
		*octets = one.octets;
	return e;
}

/* 1: a whole group stands at r->offset. */
static int group_find(struct segfile_reader *r)
{
	for (;;) {
		size_t need, octets;
		int e = group_get(r, &octets, &need);
		if (e == 1)
			r->group_end = r->offset + octets;
		if (e != ERR_AGAIN)
			return e;
		e = window_grow(r, need);
		if (e == ERR_CORRUPT) /* the file ends before the record does */
			return 0;
		if (e < 0)
			return e;
	}
}

void segfile_reader_seek(struct segfile_reader *r, uint64_t offset)
{
	if (offset < r->base) {
		buf_reset(&r->window);
		r->base = offset;
	}
	r->offset = r->group_end = offset;
}

int segfile_reader_next(struct segfile_reader *r, struct segment_record *out)
{
	uint64_t end = r->limit < r->size ? r->limit : r->size;
	while (r->offset >= r->group_end) {
		if (r->offset >= end)
			return 0;
		int e = group_find(r);
		if (e < 0)
			return e;
		if (e == 1)
			break;
		if (r->offset >= r->sure)
			return 0;
		r->offset += SEGMENT_ALIGN; /* damaged: look for the next that checks */
		r->damaged += SEGMENT_ALIGN;
		r->group_end = r->offset;
	}
	size_t need;
	int e = segment_record_get(window(r), r->number, r->offset, r->size, out, &need);
	if (e == 1)
		r->offset += out->octets;
	return e;
}
