/* store/load.c - at start: what the ledger knows of live messages, mailboxes, blobs.
 *
 * Blocks: runs on a pool thread.
 */
#include <stdlib.h>

#include "store/blob.h"
#include "store/ledger/ledger_impl.h"
#include "store/store_impl.h"

/* ---- unfinished messages ---- */

static int lost(struct store *sp, uint64_t message, uint32_t recipient)
{
	struct store_lost l = { message, recipient };
	return buf_put(&sp->lost, span_make(&l, sizeof l));
}

static int open_one(struct store *sp, sqlite3_stmt *st)
{
	uint64_t id = sql_column_id(st, 0);
	uint32_t recipient = (uint32_t)sql_column_int(st, 8);
	struct journal_place place = { (uint64_t)sql_column_int(st, 1),
		                       (uint64_t)sql_column_int(st, 2) };
	struct live_message *m = live_get(&sp->live, id);
	if (!m) {
		struct live_message fresh = {
			.id = id,
			.inline_bytes = (uint64_t)sql_column_int(st, 4),
			.blob = (uint64_t)sql_column_int(st, 5),
			.n_recipients = (uint32_t)sql_column_int(st, 6),
			.mailboxes = (uint32_t)sql_column_int(st, 7),
		};
		int r = live_add(&sp->live, &fresh, &m);
		if (r < 0)
			return r;
		m->place = place;
		m->octets = (uint64_t)sql_column_int(st, 3);
		if (!m->mailboxes) /* else `segment` counts it */
			live_count(&sp->live, place.segment, (int64_t)m->octets);
	}
	live_open(m, recipient);
	return live_segment_get(&sp->live, place.segment) ? 0 : lost(sp, id, recipient);
}

static int load_live(struct ledger_reader *reader, void *arg)
{
	struct store *sp = arg;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_LIVE, &st);
	while (r >= 0 && (r = sql_step(st)) == 1)
		r = open_one(sp, st);
	return r;
}

static int load_segments(struct ledger_reader *reader, void *arg)
{
	struct store *sp = arg;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_SEGMENTS, &st);
	while (r >= 0 && (r = sql_step(st)) == 1)
		live_count(&sp->live, (uint64_t)sql_column_int(st, 0), sql_column_int(st, 1));
	return r;
}

static int load_boxes(struct ledger_reader *reader, void *arg)
{
	struct store *sp = arg;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_MAILBOXES, &st);
	while (r >= 0 && (r = sql_step(st)) == 1) {
		struct store_box *box = store_box(sp, sql_column_view(st, 0));
		if (!box)
			return err(ERR_NO_MEMORY, "no memory for a mailbox");
		box->uid_next = (uint32_t)sql_column_int(st, 1);
	}
	return r;
}

/* ---- orphans among the blobs ---- */

struct wanted {
	struct store *sp;
	struct map numbers; /* uint64_t each */
	struct arena mem;
};

static int want_one(struct wanted *w, sqlite3_stmt *st)
{
	uint64_t number = (uint64_t)sql_column_int(st, 0);
	if (number > w->sp->last_id) /* blobs are numbered like messages */
		w->sp->last_id = number;
	if (!sql_column_int(st, 2) && !live_get(&w->sp->live, sql_column_id(st, 1)))
		return 0;
	uint64_t *keep = arena_new(&w->mem, uint64_t);
	if (!keep)
		return err(ERR_NO_MEMORY, "no memory for the list of blobs");
	*keep = number;
	return map_put(&w->numbers, MAP_KEY(*keep), keep, NULL);
}

static int want(struct ledger_reader *reader, void *arg)
{
	struct wanted *w = arg;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_BLOBS, &st);
	while (r >= 0 && (r = sql_step(st)) == 1)
		r = want_one(w, st);
	return r;
}

static int remove_orphan(uint64_t number, void *arg)
{
	struct wanted *w = arg;
	return map_get(&w->numbers, MAP_KEY(number)) ? 0 : blob_remove(w->sp->blob_dir, number);
}

static int load_blobs(struct store *sp)
{
	struct wanted w = { .sp = sp };
	int r = ledger_read_now(sp->ledger, want, &w);
	if (r >= 0)
		r = blob_each(sp->blob_dir, remove_orphan, &w);
	map_fini(&w.numbers);
	arena_fini(&w.mem);
	return r;
}

int store_load(struct store *sp)
{
	int r = ledger_read_now(sp->ledger, load_live, sp);
	if (r >= 0)
		r = ledger_read_now(sp->ledger, load_segments, sp);
	if (r >= 0)
		r = ledger_read_now(sp->ledger, load_boxes, sp);
	return r < 0 ? r : load_blobs(sp);
}
