/* store/read.c - a message's content, from the journal and its blob. */
#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "store/blob.h"
#include "store/journal/file.h"
#include "store/ledger/ledger_impl.h"
#include "store/journal/segfile.h"
#include "store/read_impl.h"

enum { FIND_TRIES = 3 };

/* ---- on the reader's thread ---- */

static int damaged(const struct ledger_place *c)
{
	return err(ERR_CORRUPT, "journal segment %ju is damaged at offset %ju",
	           (uintmax_t)c->at.segment, (uintmax_t)c->at.offset);
}

/* The whole record is read when that costs little more, since only so it can be checked. */
static int checked_read(const struct read_job *j, int fd)
{
	const struct ledger_place *c = &j->place;
	AUTO_BUF record = BUF(c->octets + SEGMENT_ALIGN);
	size_t octets = segment_record_octets(c->octets - SEGMENT_RECORD_HEADER_BYTES);
	struct span got;
	int r = buf_reserve(&record, octets);
	if (r >= 0)
		r = file_read_at(fd, record.p, octets, c->at.offset, &got);
	if (r < 0)
		return r;
	struct segment_record parsed;
	size_t need;
	if (segment_record_get(got, c->at.segment, c->at.offset, SIZE_MAX, &parsed, &need) != 1)
		return damaged(c);
	return buf_put(j->out, span_sub(parsed.payload, parsed.payload.n - c->inline_bytes,
	                                c->inline_bytes));
}

int read_some(const struct read_job *j, int fd, uint64_t at, size_t n, struct buf *out)
{
	struct span got;
	int r = buf_reserve(out, n);
	if (r >= 0)
		r = file_read_at(fd, out->p + out->n, n, j->place.at.offset + at, &got);
	if (r < 0)
		return r;
	out->n += got.n;
	return got.n == n ? 0 : damaged(&j->place);
}

/* [offset, offset + n) of what the record holds of it. */
static int inline_read(const struct read_job *j, int fd, uint64_t offset, size_t n)
{
	const struct ledger_place *c = &j->place;
	if (n == c->inline_bytes)
		return checked_read(j, fd);
	return read_some(j, fd, c->octets - c->inline_bytes + offset, n, j->out);
}

int read_content(struct read_job *j, int fd)
{
	const struct ledger_place *c = &j->place;
	uint64_t left = j->offset < c->inline_bytes ? c->inline_bytes - j->offset : 0;
	size_t n = j->max < left ? j->max : left;
	int r = n ? inline_read(j, fd, j->offset, n) : 0;
	if (r < 0 || n == j->max || !c->blob)
		return r;
	return store_blobfile_read(j->sp->blob_dir, c->blob, j->offset + n - c->inline_bytes,
	                           j->max - n, j->out);
}

static int text_read(struct read_job *j, int fd)
{
	const struct ledger_place *c = &j->place;
	int r = c->inline_bytes ? checked_read(j, fd) : 0;
	if (r >= 0 && c->blob)
		r = j->file = store_blobfile_open(j->sp->blob_dir, c->blob);
	return r;
}

int read_front(const struct read_job *j, int fd, struct read_front_of *out)
{
	const struct ledger_place *c = &j->place;
	AUTO_BUF raw = BUF(JOURNAL_FRONT_BYTES);
	int r = read_some(j, fd, SEGMENT_RECORD_HEADER_BYTES, JOURNAL_FRONT_BYTES, &raw);
	struct span in = buf_span(&raw);
	if (r < 0 || (r = pack_get_u32(&in, &out->head)) < 0 ||
	    (r = pack_get_u32(&in, &out->prefix)) < 0 || (r = pack_get_u32(&in, &out->header)) < 0)
		return r;
	bool fits = SEGMENT_RECORD_HEADER_BYTES + 4 + out->head + c->inline_bytes == c->octets &&
	            (uint64_t)out->prefix + out->header <= c->inline_bytes;
	return fits ? 0 : damaged(c);
}

static int header_read(struct read_job *j, int fd)
{
	struct read_front_of front;
	int r = read_front(j, fd, &front);
	if (r < 0)
		return r;
	size_t n = (size_t)front.prefix + front.header;
	return n && j->max ? inline_read(j, fd, 0, n < j->max ? n : j->max) : 0;
}

int read_message(const struct read_job *j, int fd, const struct read_front_of *front,
                 struct arena *mem, struct record_message *out)
{
	struct journal_head head;
	AUTO_BUF raw = BUF(front->head);
	struct span kept;
	int r = read_some(j, fd, SEGMENT_RECORD_HEADER_BYTES + 4, front->head, &raw);
	if (r >= 0)
		r = arena_copy(mem, buf_span(&raw), &kept);
	if (r < 0)
		return r;
	return journal_head_unpack(kept, mem, &head) < 0 ||
	                       record_message_unpack(head.message, mem, out) < 0
	               ? damaged(&j->place)
	               : 0;
}

int read_prefix(const struct read_job *j, int fd, const struct read_front_of *front,
                struct arena *mem, struct span *out)
{
	AUTO_ARENA unpacked = { 0 };
	struct record_message m;
	int r = read_message(j, fd, front, &unpacked, &m);
	if (r < 0)
		return r;
	if (j->recipient >= m.n_recipients)
		return err(ERR_NOT_FOUND, "the message has no such recipient");
	return arena_copy(mem, m.recipients[j->recipient].prefix, out);
}

static int prefix_read(struct read_job *j, int fd)
{
	struct read_front_of front;
	int r = read_front(j, fd, &front);
	return r < 0 ? r : read_prefix(j, fd, &front, j->mem, j->prefix);
}

static int segment_read(struct read_job *j)
{
	char name[SEGFILE_NAME_BYTES];
	segfile_name(j->place.at.segment, "seg", name);
	AUTO_FD int fd = openat(j->sp->journal_dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err(ERR_NOT_FOUND, "journal segment %s is gone", name);
	return fd < 0 ? err_errno(ERR_IO, "cannot open journal segment %s", name) : j->read(j, fd);
}

int read_try(struct ledger_reader *reader, struct read_job *j)
{
	int r = j->known ? 1 : ledger_place_get(reader->db, reader->st, j->id, &j->place);
	if (r == 0)
		return err(ERR_NOT_FOUND, "no content of this message is kept");
	if (r > 0 && j->place.blob && j->read == read_content && j->offset >= j->place.inline_bytes)
		return read_content(j, -1);
	return r < 0 ? r : segment_read(j);
}

static int job_run(struct ledger_reader *reader, void *arg)
{
	return read_try(reader, arg);
}

/* ---- on the loop ---- */

/* Numbers of segments are never used twice: one that is there now was there all the time. */
bool read_was_there(const struct store *sp, uint64_t segment)
{
	const struct store_segment *s = store_segments_get(&sp->segments, segment);
	return s && !s->leaving;
}

/* On a full disk, where the ledger cannot be written, mail that was accepted is delivered all the
 * same: that is what makes room. */
static WAITS void flush(struct read_job *j)
{
	j->known = ledger_flush(j->sp->ledger) < 0 &&
	           ledger_unwritten(j->sp->ledger, j->id, &j->place) >= 0;
}

/* What can be read is moved out of a damaged segment before more of it is. */
static void note_damage(const struct read_job *j)
{
	struct store_segment *s = store_segments_get(&j->sp->segments, j->place.at.segment);
	if (!s || s->failed || j->place.blob)
		return;
	s->failed = true;
	store_reclaim_wake(j->sp);
}

/* A ledger that is behind does not know the message yet, or knows a segment that has been given
 * back since the message was copied out of it. */
WAITS int read_run(struct read_job *j)
{
	size_t had = j->out ? j->out->n : 0;
	int r = ERR_NOT_FOUND;
	j->file = -1;
	for (int try = 0; try < FIND_TRIES && r == ERR_NOT_FOUND; try++) {
		if (j->out)
			j->out->n = had;
		file_close(&j->file);
		if (try > 0)
			flush(j);
		r = ledger_read(j->sp->ledger, LEDGER_FOR_QUEUE, false, job_run, j);
		if (r >= 0 && !read_was_there(j->sp, j->place.at.segment))
			r = err(ERR_NOT_FOUND, "the message's content is gone");
	}
	if (r == ERR_CORRUPT)
		note_damage(j);
	return r;
}

WAITS int store_text(struct store *sp, uint64_t id, struct buf *front, int *file)
{
	struct read_job j = { .sp = sp, .id = id, .read = text_read, .out = front };
	int r = read_run(&j);
	if (r < 0)
		file_close(&j.file);
	else
		*file = j.file;
	return r < 0 ? r : 0;
}

WAITS int store_read(struct store *sp, uint64_t id, uint64_t offset, size_t max, struct buf *out)
{
	struct read_job j = {
		.sp = sp, .id = id, .read = read_content, .offset = offset, .max = max, .out = out
	};
	return read_run(&j);
}

WAITS int store_read_header(struct store *sp, uint64_t id, size_t max, struct buf *out)
{
	struct read_job j = { .sp = sp, .id = id, .read = header_read, .max = max, .out = out };
	return read_run(&j);
}

WAITS int store_read_prefix(struct store *sp, uint64_t id, uint32_t recipient, struct arena *mem,
                            struct span *out)
{
	struct read_job j = { .sp = sp,
		              .id = id,
		              .read = prefix_read,
		              .recipient = recipient,
		              .mem = mem,
		              .prefix = out };
	return read_run(&j);
}
