/* store/read.c - a message's text, from the journal or its blob. */
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

/* Where a text is. */
struct text {
	uint64_t id;
	struct journal_place place;
	uint64_t octets, size_bytes, blob;
	bool alive;
};

static void text_live(struct text *t, const struct live_message *m)
{
	t->place = m->place;
	t->octets = m->octets;
	t->size_bytes = m->size_bytes;
	t->blob = m->blob;
	t->alive = m->place.segment != 0;
}

static int find_run(struct ledger_reader *reader, void *arg)
{
	struct text *t = arg;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_MESSAGE_PLACE, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, t->id, &id);
	r = sql_step(st);
	if (r == 1) {
		t->alive = sql_column_int(st, 0) > 0;
		t->place = (struct journal_place){ (uint64_t)sql_column_int(st, 1),
			                           (uint64_t)sql_column_int(st, 2) };
		t->octets = (uint64_t)sql_column_int(st, 3);
		t->size_bytes = (uint64_t)sql_column_int(st, 4);
		t->blob = (uint64_t)sql_column_int(st, 5);
	}
	sql_reset(st);
	return r < 0 ? r : 0;
}

/* Messages that only mailboxes hold are known to the ledger, which may be behind. */
static WAITS int find(struct store *sp, struct text *t, bool flush)
{
	const struct live_message *m = live_get(&sp->live, t->id);
	if (m) {
		text_live(t, m);
		return 0;
	}
	return ledger_read(sp->ledger, flush, find_run, t);
}

/* ---- on a pool thread ---- */

struct job {
	struct store *sp;
	const struct text *text;
	uint64_t offset;
	size_t max;
	struct buf *out;
};

static int blob_run(void *arg)
{
	struct job *j = arg;
	return blob_read(j->sp->blob_dir, j->text->blob, j->offset, j->max, j->out);
}

/* The whole record is read when that costs little more, since only so it can be checked. */
static int checked_read(const struct job *j, int fd)
{
	const struct text *t = j->text;
	AUTO_BUF record = BUF(t->octets + SEGMENT_ALIGN);
	size_t octets = segment_record_octets(t->octets - SEGMENT_RECORD_HEADER_BYTES);
	struct span got;
	int r = buf_reserve(&record, octets);
	if (r >= 0)
		r = file_read_at(fd, record.p, octets, t->place.offset, &got);
	if (r < 0)
		return r;
	struct segment_record parsed;
	size_t need;
	if (segment_record_get(got, t->place.segment, t->place.offset, SIZE_MAX, &parsed, &need) !=
	    1)
		return err(ERR_CORRUPT, "journal segment %ju is damaged at offset %ju",
		           (uintmax_t)t->place.segment, (uintmax_t)t->place.offset);
	return buf_put(j->out,
	               span_sub(parsed.payload, parsed.payload.n - t->size_bytes, t->size_bytes));
}

static int part_read(const struct job *j, int fd)
{
	const struct text *t = j->text;
	struct span got;
	int r = buf_reserve(j->out, j->max);
	if (r >= 0)
		r = file_read_at(fd, j->out->p + j->out->n, j->max,
		                 t->place.offset + t->octets - t->size_bytes + j->offset, &got);
	if (r >= 0)
		j->out->n += got.n;
	return r;
}

static int journal_run(void *arg)
{
	const struct job *j = arg;
	char name[SEGFILE_NAME_BYTES];
	segfile_name(j->text->place.segment, "seg", name);
	AUTO_FD int fd = openat(j->sp->journal_dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(ERR_IO, "cannot open journal segment %s", name);
	return j->max == j->text->size_bytes ? checked_read(j, fd) : part_read(j, fd);
}

/* The segment is not recycled meanwhile. */
static WAITS int journal_read(struct job *j)
{
	struct live *live = &j->sp->live;
	uint64_t number = j->text->place.segment;
	struct live_segment *s = live_segment_get(live, number);
	if (!s || s->leaving)
		return err(ERR_NOT_FOUND, "the message's text is gone");
	s->readers++;
	int r = offload(journal_run, j, "message text");
	s = live_segment_get(live, number);
	if (--s->readers == 0 && !s->live)
		keeper_wake(j->sp);
	return r;
}

static WAITS int read_found(struct store *sp, const struct text *t, uint64_t offset, size_t max,
                            struct buf *out)
{
	if (!t->alive)
		return err(ERR_NOT_FOUND, "no text of this message is kept");
	if (offset >= t->size_bytes)
		return 0;
	if (max > t->size_bytes - offset)
		max = t->size_bytes - offset;
	struct job job = { sp, t, offset, max, out };
	return t->blob ? offload(blob_run, &job, "message text") : journal_read(&job);
}

/* A ledger that is behind does not know the message yet, or knows a segment that has been given
 * back since the message was copied out of it. */
int store_read(struct store *sp, uint64_t id, uint64_t offset, size_t max, struct buf *out)
{
	int r = ERR_NOT_FOUND;
	for (int try = 0; try < FIND_TRIES && r == ERR_NOT_FOUND; try++) {
		struct text t = { .id = id };
		r = find(sp, &t, try > 0);
		if (r >= 0)
			r = read_found(sp, &t, offset, max, out);
	}
	return r;
}
