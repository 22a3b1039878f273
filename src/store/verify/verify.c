/* store/verify/verify.c - store_verify: reads everything, changes nothing. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>

#include "base/map.h"
#include "store/journal/file.h"
#include "store/journal/segfile.h"
#include "store/ledger/sql.h"
#include "store/verify/verify_impl.h"

void verify_fault(struct verify *v, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(v->out, fmt, ap);
	va_end(ap);
	buf_putc(v->out, '\n');
	v->faults++;
}

/* ---- the journal ---- */

static int note_message(struct verify *v, uint64_t id, uint64_t segment,
                        const struct segment_record *record)
{
	struct verify_message *m = map_get(&v->messages, MAP_KEY(id));
	if (!m) {
		m = arena_new(&v->mem, struct verify_message);
		if (!m)
			return err(ERR_NO_MEMORY, "no memory for the list of messages");
		m->id = id;
		int r = map_put(&v->messages, MAP_KEY(m->id), m, NULL);
		if (r < 0)
			return r;
	}
	m->place = (struct journal_place){ segment, record->offset };
	m->octets = SEGMENT_RECORD_HEADER_BYTES + record->payload.n;
	return 0;
}

static int read_message(const struct segment_record *record, struct arena *mem, uint64_t *id)
{
	struct span rest = record->payload, packed;
	struct journal_head head;
	struct record_message m;
	int r = pack_get_span(&rest, &packed);
	if (r >= 0)
		r = journal_head_unpack(packed, mem, &head);
	if (r >= 0)
		r = record_message_unpack(head.message, mem, &m);
	if (r < 0)
		return r;
	*id = m.id;
	uint64_t front = (uint64_t)head.prefix_bytes + head.header_bytes;
	return rest.n == record_inline_bytes(&m) && front + m.body_bytes == m.size_bytes
	               ? 0
	               : ERR_SYNTAX;
}

static int check_record(struct verify *v, uint64_t segment, const struct segment_record *record)
{
	AUTO_ARENA mem = { 0 };
	struct journal_open_record open;
	struct record_change f;
	uint64_t id = 0;
	int r = 0;
	switch (record->kind) {
	case SEGMENT_OPEN: r = journal_open_record_unpack(record->payload, &mem, &open); break;
	case SEGMENT_CHANGE:
	case SEGMENT_RESTATE: r = record_change_unpack(record->payload, &mem, &f); break;
	case SEGMENT_MESSAGE:
	case SEGMENT_COPY: r = read_message(record, &mem, &id); break;
	default: break;
	}
	if (r < 0)
		verify_fault(v,
		             "journal/%012ju.seg: the record at offset %ju cannot be read (%s); "
		             "please report it with this file",
		             (uintmax_t)segment, (uintmax_t)record->offset, err_str(r));
	return r >= 0 && id ? note_message(v, id, segment, record) : 0;
}

/* Each hole by itself: where it begins, which is the record that `store verify` names below. */
static int check_records(struct verify *v, struct segfile_reader *reader)
{
	struct segment_record record;
	int r = 1;
	while (r == 1) {
		uint64_t from = reader->offset, damaged = reader->damaged;
		r = segfile_reader_next(reader, &record);
		if (reader->damaged > damaged)
			verify_fault(
			        v,
			        "journal/%012ju.seg: %ju octets at offset %ju do not check; what "
			        "they held is lost unless a backup has it; test the disk",
			        (uintmax_t)reader->number, (uintmax_t)(reader->damaged - damaged),
			        (uintmax_t)from);
		if (r != 1)
			return r;
		r = check_record(v, reader->number, &record);
		r = r < 0 ? r : 1;
	}
	return r;
}

static int check_segment(struct verify *v, const struct segfile *file, uint64_t limit)
{
	struct segfile_reader reader;
	const struct verify_end *end = map_get(&v->ends, MAP_KEY(file->number));
	if (file->damaged)
		verify_fault(
		        v,
		        "journal/%012ju.seg: the header does not check; its records are read all "
		        "the same; restore the file from a backup or let it be emptied",
		        (uintmax_t)file->number);
	int r = segfile_reader_open(&reader, v->journal_dir, file->number, 0, limit);
	if (r < 0)
		return r;
	reader.singly = true;
	if (limit == UINT64_MAX && end)
		reader.sure = end->offset;
	r = check_records(v, &reader);
	segfile_reader_close(&reader);
	if (r == ERR_IO) {
		verify_fault(v, "journal/%012ju.seg: %s; test the disk", (uintmax_t)file->number,
		             err_str(r));
		return 0;
	}
	return r;
}

int verify_journal(struct verify *v)
{
	struct segfile *files;
	size_t n;
	int r = segfile_list(v->journal_dir, &files, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r >= 0; i++)
		if (!files[i].spare)
			r = check_segment(v, &files[i], segfile_limit(files, n, files[i].number));
	free(files);
	return r;
}

/* ---- all of it ---- */

static int dir_open(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_errno(ERR_IO, "cannot open %s", name) : fd;
}

static int open_all(struct verify *v, const char *data_dir)
{
	v->dir = dir_open(AT_FDCWD, data_dir);
	v->journal_dir = v->dir < 0 ? v->dir : dir_open(v->dir, "journal");
	v->blob_dir = v->journal_dir < 0 ? v->journal_dir : dir_open(v->dir, "blobs");
	if (v->blob_dir < 0)
		return v->blob_dir;
	AUTO_FD int lock = openat(v->dir, "lock", O_RDONLY | O_CLOEXEC);
	if (lock >= 0 && flock(lock, LOCK_SH | LOCK_NB) < 0)
		buf_printf(v->out,
		           "note: a server uses %s; what it changes meanwhile may be told as a "
		           "fault, which is none when it is gone with the server stopped\n",
		           data_dir);
	return 0;
}

static int open_ledger(struct verify *v, const char *data_dir)
{
	AUTO_BUF path = BUF(4096);
	buf_printf(&path, "%s/ledger.db", data_dir);
	const char *name = buf_str(&path);
	return name ? sql_open(name, SQL_READ, &v->db) : err(ERR_TOO_LONG, "the path is too long");
}

int store_verify(const char *data_dir, struct buf *out)
{
	struct verify v = {
		.out = out, .dir = -1, .journal_dir = -1, .blob_dir = -1, .mem.cap = SIZE_MAX
	};
	int r = open_all(&v, data_dir);
	int ledger = r >= 0 ? open_ledger(&v, data_dir) : r;
	if (ledger >= 0)
		(void)!verify_ends(&v); /* verify_ledger tells why */
	if (r >= 0)
		r = verify_journal(&v);
	if (r >= 0)
		r = ledger;
	if (r >= 0)
		r = verify_ledger(&v);
	if (r >= 0)
		r = verify_mail(&v);
	if (r == ERR_CORRUPT || r == ERR_BUG) {
		verify_fault(&v, "ledger.db: it cannot be read (%s); " VERIFY_REBUILD, err_str(r));
		r = 0;
	}
	sql_close(v.db);
	file_close(&v.blob_dir);
	file_close(&v.journal_dir);
	file_close(&v.dir);
	map_fini(&v.messages);
	map_fini(&v.ends);
	arena_fini(&v.mem);
	if (r < 0)
		return r;
	return v.faults ? err(ERR_CORRUPT, "%zu faults in %s", v.faults, data_dir) : 0;
}
