/* store/compact.c - a segment of which little is alive is emptied.
 *
 * Its live messages are appended to the journal again, many to a group.  A copy carries the
 * present state of its recipients, so that it can stand for the message and for all
 * changes whose segments are gone.
 */
#include <stdlib.h>

#include "store/ledger/ledger_impl.h"
#include "store/journal/segfile.h"
#include "store/store_impl.h"

enum { GROUP_BYTES = 256 << 10, GROUP_MESSAGES = 64, ASK_AT_ONCE = 512 };

struct emptying {
	struct store *sp;
	uint64_t segment, limit;
	struct store_copy *all; /* its messages, alive or not */
	size_t n, room;
	size_t asked; /* so many are known to be alive or not */
	struct segfile_reader file;
};

/* ---- which messages lie there, on a pool thread ---- */

static int add(struct emptying *e, const struct store_copy *copy)
{
	if (e->n == e->room) {
		size_t room = e->room ? 2 * e->room : 64;
		struct store_copy *more = reallocarray(e->all, room, sizeof *more);
		if (!more)
			return err(ERR_NO_MEMORY, "no memory to empty a segment");
		e->all = more;
		e->room = room;
	}
	e->all[e->n++] = *copy;
	return 0;
}

/* A message's record: its head, and what follows that: the text. */
static int head_of(const struct segment_record *record, struct arena *mem,
                   struct journal_head *head, struct span *text)
{
	struct span packed;
	*text = record->payload;
	int r = pack_get_span(text, &packed);
	return r < 0 ? r : journal_head_unpack(packed, mem, head);
}

static int consider(struct emptying *e, const struct segment_record *record, struct arena *mem)
{
	struct journal_head head;
	struct span text;
	struct store_copy copy = {
		.offset = record->offset,
		.octets = SEGMENT_RECORD_HEADER_BYTES + record->payload.n,
	};
	if (record->kind != SEGMENT_MESSAGE && record->kind != SEGMENT_COPY)
		return 0;
	arena_reset(mem);
	if (head_of(record, mem, &head, &text) < 0 ||
	    pack_get_u64(&head.message, &copy.id) < 0) /* its first field */
		return 0; /* no program of ours wrote it: nothing lives there */
	return add(e, &copy);
}

static int scan_run(void *arg)
{
	struct emptying *e = arg;
	struct segment_record record;
	AUTO_ARENA mem = { 0 };
	struct segfile_reader *file = &e->file;
	int r = segfile_reader_open(file, e->sp->journal_dir, e->segment, 0, e->limit);
	if (r < 0)
		return r;
	while ((r = segfile_reader_next(file, &record)) == 1) {
		r = consider(e, &record, &mem);
		if (r < 0)
			break;
	}
	if (r >= 0 && file->damaged)
		r = err(ERR_CORRUPT, "journal segment %ju is damaged", (uintmax_t)e->segment);
	segfile_reader_close(file);
	return r;
}

/* ---- which of them are alive ---- */

static int ask_one(struct ledger_reader *reader, const struct emptying *e, struct store_copy *copy)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_MESSAGE_PLACE, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, copy->id, &id);
	r = sql_step(st);
	if (r == 1 && (uint64_t)sql_column_int(st, 1) == e->segment &&
	    (uint64_t)sql_column_int(st, 2) == copy->offset)
		copy->mailboxes = (uint32_t)sql_column_int(st, 0);
	sql_reset(st);
	return r < 0 ? r : 0;
}

static int ask_run(struct ledger_reader *reader, void *arg)
{
	struct emptying *e = arg;
	int r = 0;
	for (size_t i = 0; i < ASK_AT_ONCE && e->asked < e->n && r >= 0; i++)
		r = ask_one(reader, e, &e->all[e->asked++]);
	return r;
}

static bool is_alive(const struct emptying *e, const struct store_copy *copy)
{
	const struct live_message *m = live_get(&e->sp->live, copy->id);
	return copy->mailboxes ||
	       (m && m->place.segment == e->segment && m->place.offset == copy->offset);
}

/* ---- the copies ---- */

struct group {
	struct store_op op;
	struct store_copy copies[GROUP_MESSAGES];
	struct arena mem;
};

/* One record, as it lies in the file. */
struct fetch {
	struct emptying *e;
	const struct store_copy *copy;
	struct segment_record record;
};

static int fetch_run(void *arg)
{
	struct fetch *f = arg;
	f->e->file.offset = f->e->file.group_end = f->copy->offset;
	int r = segfile_reader_next(&f->e->file, &f->record);
	return r == 1 ? 0 : r < 0 ? r : err(ERR_CORRUPT, "a record is damaged");
}

/* Recipients that are not final by the message itself. */
static WAITS int states_of(struct store *sp, const struct store_copy *copy, struct group *g,
                           struct journal_head *head)
{
	head->states = NULL;
	head->n_states = 0;
	int r = store_status(sp, copy->id, 0, PACK_LIST_MAX, &g->mem, &head->states,
	                     &head->n_states);
	return r == ERR_NOT_FOUND ? 0 : r;
}

static WAITS int group_add(struct emptying *e, struct group *g, const struct store_copy *copy)
{
	struct fetch f = { .e = e, .copy = copy };
	struct journal_head head;
	struct span text;
	struct journal_group *out = &g->op.group;
	int r = offload(fetch_run, &f, "segment copy");
	if (r >= 0)
		r = head_of(&f.record, &g->mem, &head, &text);
	if (r >= 0)
		r = states_of(e->sp, copy, g, &head);
	if (r < 0)
		return r;
	g->copies[g->op.n_copies] = *copy;
	g->copies[g->op.n_copies++].at = out->octets.n;
	journal_record_begin(out, SEGMENT_COPY);
	size_t mark = pack_begin(&out->octets);
	journal_head_pack(&head, &out->octets);
	pack_end(&out->octets, mark);
	buf_put(&out->octets, text);
	journal_record_end(out, NULL);
	return out->octets.err;
}

/* Copies from all[*i] on, as many as make a group. */
static WAITS int group_fill(struct emptying *e, struct group *g, size_t *i)
{
	size_t most = e->sp->segment_size / 4 < GROUP_BYTES ? e->sp->segment_size / 4 : GROUP_BYTES;
	int r = 0;
	for (; r >= 0 && *i < e->n && g->op.n_copies < GROUP_MESSAGES; ++*i) {
		if (!is_alive(e, &e->all[*i]))
			continue;
		if (g->op.n_copies && g->op.group.octets.n + e->all[*i].octets > most)
			return 0;
		r = group_add(e, g, &e->all[*i]);
	}
	return r;
}

static WAITS int group_copy(struct emptying *e, size_t *i)
{
	struct group *g = calloc(1, sizeof *g);
	if (!g)
		return err(ERR_NO_MEMORY, "no memory to empty a segment");
	int r = store_op_init(&g->op, e->sp);
	g->op.kind = STORE_OP_COPY;
	g->op.copied_from = e->segment;
	g->op.copies = g->copies;
	if (r >= 0)
		r = group_fill(e, g, i);
	if (r >= 0 && g->op.n_copies)
		r = journal_commit(e->sp->journal, &g->op.group);
	store_op_fini(&g->op);
	arena_fini(&g->mem);
	free(g);
	return r;
}

static int open_run(void *arg)
{
	struct emptying *e = arg;
	return segfile_reader_open(&e->file, e->sp->journal_dir, e->segment, 0, e->limit);
}

static WAITS int copy_all(struct emptying *e)
{
	int r = offload(open_run, e, "segment copy");
	for (size_t i = 0; i < e->n && r >= 0 && !e->sp->stopping;)
		r = group_copy(e, &i);
	segfile_reader_close(&e->file);
	return r;
}

int store_compact(struct store *sp, uint64_t segment)
{
	const struct live_segment *s = live_segment_get(&sp->live, segment);
	struct emptying e = {
		.sp = sp,
		.segment = segment,
		.limit = s->end < s->size ? s->end : UINT64_MAX,
		.file.fd = -1,
	};
	int r = offload(scan_run, &e, "segment scan");
	if (r >= 0)
		r = ledger_flush(sp->ledger);
	while (r >= 0 && e.asked < e.n)
		r = ledger_read(sp->ledger, false, ask_run, &e);
	if (r >= 0)
		r = copy_all(&e);
	free(e.all);
	return r;
}
