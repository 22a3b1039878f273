/* store/read.c - a message's content, from the journal and its blob. */
#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "store/blob.h"
#include "store/journal/file.h"
#include "store/ledger/ledger_impl.h"
#include "store/journal/segfile.h"
#include "store/store_impl.h"

enum { FIND_TRIES = 3 };

/* Where a content is: `inline_bytes` at the end of a record, the rest in the blob, if there is one.
 */
struct content {
	uint64_t id;
	struct journal_place place;
	uint64_t octets, inline_bytes, blob;
	bool alive;
};

static void content_live(struct content *c, const struct live_message *m)
{
	c->place = m->place;
	c->octets = m->octets;
	c->inline_bytes = m->inline_bytes;
	c->blob = m->blob;
	c->alive = m->place.segment != 0;
}

static int find_run(struct ledger_reader *reader, void *arg)
{
	struct content *c = arg;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_MESSAGE_PLACE, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, c->id, &id);
	r = sql_step(st);
	if (r == 1) {
		c->alive = sql_column_int(st, 0) > 0;
		c->place = (struct journal_place){ (uint64_t)sql_column_int(st, 1),
			                           (uint64_t)sql_column_int(st, 2) };
		c->octets = (uint64_t)sql_column_int(st, 3);
		c->inline_bytes = (uint64_t)sql_column_int(st, 4);
		c->blob = (uint64_t)sql_column_int(st, 5);
	}
	sql_reset(st);
	return r < 0 ? r : 0;
}

/* Messages that only mailboxes hold are known to the ledger, which may be behind. */
static WAITS int find(struct store *sp, struct content *c, bool flush)
{
	const struct live_message *m = live_get(&sp->live, c->id);
	if (m) {
		content_live(c, m);
		return 0;
	}
	return ledger_read(sp->ledger, flush, find_run, c);
}

/* ---- on a pool thread ---- */

struct job {
	struct store *sp;
	const struct content *content;
	int (*read)(struct job *j, int fd); /* what is wanted */
	uint64_t offset;
	size_t max;
	struct buf *out;
	uint32_t recipient;
	struct arena *mem;
	struct span *prefix;
};

static int damaged(const struct content *c)
{
	return err(ERR_CORRUPT, "journal segment %ju is damaged at offset %ju",
	           (uintmax_t)c->place.segment, (uintmax_t)c->place.offset);
}

/* The whole record is read when that costs little more, since only so it can be checked. */
static int checked_read(const struct job *j, int fd)
{
	const struct content *c = j->content;
	AUTO_BUF record = BUF(c->octets + SEGMENT_ALIGN);
	size_t octets = segment_record_octets(c->octets - SEGMENT_RECORD_HEADER_BYTES);
	struct span got;
	int r = buf_reserve(&record, octets);
	if (r >= 0)
		r = file_read_at(fd, record.p, octets, c->place.offset, &got);
	if (r < 0)
		return r;
	struct segment_record parsed;
	size_t need;
	if (segment_record_get(got, c->place.segment, c->place.offset, SIZE_MAX, &parsed, &need) !=
	    1)
		return damaged(c);
	return buf_put(j->out, span_sub(parsed.payload, parsed.payload.n - c->inline_bytes,
	                                c->inline_bytes));
}

static int some_read(const struct job *j, int fd, uint64_t at, size_t n, struct buf *out)
{
	struct span got;
	int r = buf_reserve(out, n);
	if (r >= 0)
		r = file_read_at(fd, out->p + out->n, n, j->content->place.offset + at, &got);
	if (r < 0)
		return r;
	out->n += got.n;
	return got.n == n ? 0 : damaged(j->content);
}

/* [offset, offset + n) of what the record holds of it. */
static int inline_read(const struct job *j, int fd, uint64_t offset, size_t n)
{
	const struct content *c = j->content;
	if (n == c->inline_bytes)
		return checked_read(j, fd);
	return some_read(j, fd, c->octets - c->inline_bytes + offset, n, j->out);
}

static int content_read(struct job *j, int fd)
{
	const struct content *c = j->content;
	uint64_t left = j->offset < c->inline_bytes ? c->inline_bytes - j->offset : 0;
	size_t n = j->max < left ? j->max : left;
	int r = n ? inline_read(j, fd, j->offset, n) : 0;
	if (r < 0 || n == j->max || !c->blob)
		return r;
	return blob_read(j->sp->blob_dir, c->blob, j->offset + n - c->inline_bytes, j->max - n,
	                 j->out);
}

/* The lengths that a message's payload begins with. */
struct front {
	uint32_t head, prefix, header;
};

static int front_read(const struct job *j, int fd, struct front *out)
{
	const struct content *c = j->content;
	AUTO_BUF raw = BUF(JOURNAL_FRONT_BYTES);
	int r = some_read(j, fd, SEGMENT_RECORD_HEADER_BYTES, JOURNAL_FRONT_BYTES, &raw);
	struct span in = buf_span(&raw);
	if (r < 0 || (r = pack_get_u32(&in, &out->head)) < 0 ||
	    (r = pack_get_u32(&in, &out->prefix)) < 0 || (r = pack_get_u32(&in, &out->header)) < 0)
		return r;
	bool fits = SEGMENT_RECORD_HEADER_BYTES + 4 + out->head + c->inline_bytes == c->octets &&
	            (uint64_t)out->prefix + out->header <= c->inline_bytes;
	return fits ? 0 : damaged(c);
}

static int header_read(struct job *j, int fd)
{
	struct front front;
	int r = front_read(j, fd, &front);
	if (r < 0)
		return r;
	size_t n = (size_t)front.prefix + front.header;
	return n && j->max ? inline_read(j, fd, 0, n < j->max ? n : j->max) : 0;
}

static int prefix_read(struct job *j, int fd)
{
	AUTO_ARENA mem = { 0 };
	struct front front;
	struct journal_head head;
	struct record_message m;
	int r = front_read(j, fd, &front);
	if (r < 0)
		return r;
	AUTO_BUF raw = BUF(front.head);
	if ((r = some_read(j, fd, SEGMENT_RECORD_HEADER_BYTES + 4, front.head, &raw)) < 0)
		return r;
	if (journal_head_unpack(buf_span(&raw), &mem, &head) < 0 ||
	    record_message_unpack(head.message, &mem, &m) < 0)
		return damaged(j->content);
	if (j->recipient >= m.n_recipients)
		return err(ERR_NOT_FOUND, "the message has no such recipient");
	return arena_copy(j->mem, m.recipients[j->recipient].prefix, j->prefix);
}

static int job_run(void *arg)
{
	struct job *j = arg;
	char name[SEGFILE_NAME_BYTES];
	if (j->content->blob && j->read == content_read && j->offset >= j->content->inline_bytes)
		return content_read(j, -1);
	segfile_name(j->content->place.segment, "seg", name);
	AUTO_FD int fd = openat(j->sp->journal_dir, name, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_errno(ERR_IO, "cannot open journal segment %s", name) : j->read(j, fd);
}

/* ---- on the loop ---- */

/* The segment is not recycled meanwhile. */
static WAITS int read_found(struct job *j)
{
	struct live *live = &j->sp->live;
	uint64_t number = j->content->place.segment;
	struct live_segment *s = live_segment_get(live, number);
	if (!j->content->alive || !s || s->leaving)
		return err(ERR_NOT_FOUND, "no content of this message is kept");
	s->readers++;
	int r = offload(job_run, j, "message content");
	s = live_segment_get(live, number);
	if (--s->readers == 0 && !s->live)
		keeper_wake(j->sp);
	return r;
}

/* A ledger that is behind does not know the message yet, or knows a segment that has been given
 * back since the message was copied out of it. */
static WAITS int find_and_read(struct job *j, uint64_t id)
{
	int r = ERR_NOT_FOUND;
	for (int try = 0; try < FIND_TRIES && r == ERR_NOT_FOUND; try++) {
		struct content c = { .id = id };
		j->content = &c;
		r = find(j->sp, &c, try > 0);
		if (r >= 0)
			r = read_found(j);
	}
	return r;
}

int store_read(struct store *sp, uint64_t id, uint64_t offset, size_t max, struct buf *out)
{
	struct job j = { .sp = sp, .read = content_read, .offset = offset, .max = max, .out = out };
	return find_and_read(&j, id);
}

int store_read_header(struct store *sp, uint64_t id, size_t max, struct buf *out)
{
	struct job j = { .sp = sp, .read = header_read, .max = max, .out = out };
	return find_and_read(&j, id);
}

int store_read_prefix(struct store *sp, uint64_t id, uint32_t recipient, struct arena *mem,
                      struct span *out)
{
	struct job j = {
		.sp = sp, .read = prefix_read, .recipient = recipient, .mem = mem, .prefix = out
	};
	return find_and_read(&j, id);
}
