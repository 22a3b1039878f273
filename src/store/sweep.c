/* store/sweep.c - behind a start: blobs that no message has, and messages whose segment is gone. */
#include <stdlib.h>

#include "base/event.h"
#include "store/blob.h"
#include "store/ledger/ledger_impl.h"
#include "store/store_impl.h"
#include "store/sweep.h"
#include "wire/smtp/verdict/verdict.h"

/* ---- blobs: what a crash left of mail that was being received ---- */

struct sweep {
	struct store *sp;
	struct ledger_reader *reader;
	struct buf found; /* numbers */
};

static int note(uint64_t number, void *arg)
{
	struct sweep *s = arg;
	return number <= s->sp->sweep_upto ? buf_put(&s->found, span_make(&number, sizeof number))
	                                   : 0;
}

static int is_needed(struct ledger_reader *reader, uint64_t blob)
{
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_BLOB_NEEDED, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)blob);
	r = sql_step(st);
	sql_reset(st);
	return r;
}

static int blobs_run(struct ledger_reader *reader, void *arg)
{
	struct sweep *s = arg;
	int r = store_blobfile_each(s->sp->blob_dir, note, s);
	struct span rest = buf_span(&s->found);
	for (uint64_t number; r >= 0 && rest.n; rest = span_sub(rest, sizeof number, rest.n)) {
		memcpy(&number, rest.p, sizeof number);
		r = is_needed(reader, number);
		if (r == 0)
			r = store_blobfile_remove(s->sp->blob_dir, number);
	}
	return r < 0 ? r : 0;
}

static WAITS void sweep_blobs(struct store *sp)
{
	struct sweep s = { .sp = sp, .found = BUF(SIZE_MAX / 4) };
	if (ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, blobs_run, &s) >= 0)
		sp->sweep_upto = 0;
	buf_fini(&s.found);
}

/* ---- messages ---- */

struct lost {
	struct store_segments segments; /* as of the question */
	struct arena mem;
	struct record_change *all;
	size_t n, room;
};

enum { LOST_AT_ONCE = 500 };

static int lost_message(struct ledger_reader *reader, struct lost *l, uint64_t message)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_UNDECIDED, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, message, &id);
	while (l->n < l->room && (r = sql_step(st)) == 1)
		l->all[l->n++] = (struct record_change){
			.message = message,
			.recipient = (uint32_t)sql_column_int(st, 0),
			.state = RECIPIENT_CANCELLED,
			.class = SMTP_CLASS_LOCAL_TROUBLE,
			.text = SPAN("the ledger is older than the journal"),
			.meaning = SPAN("This delivery had ended, but the record of how was lost "
			                "when an older copy of the ledger was restored."),
		};
	sql_reset(st);
	return r < 0 ? r : 0;
}

/* Of the segments in the ledger that are not there. */
static int lost_run(struct ledger_reader *reader, void *arg)
{
	struct lost *l = arg;
	sqlite3_stmt *segments, *places;
	int r = ledger_statement(reader->db, reader->st, LEDGER_SEGMENTS, &segments);
	if (r >= 0)
		r = ledger_statement(reader->db, reader->st, LEDGER_LOST, &places);
	while (r >= 0 && l->n < l->room && (r = sql_step(segments)) == 1) {
		if (store_segments_get(&l->segments, (uint64_t)sql_column_int(segments, 0)))
			continue;
		sql_bind_int(places, 1, sql_column_int(segments, 0));
		while (r >= 0 && l->n < l->room && (r = sql_step(places)) == 1)
			r = lost_message(reader, l, (uint64_t)sql_column_int(places, 0));
		sql_reset(places);
	}
	sql_reset(segments);
	return r < 0 ? r : 0;
}

/* Their segment was given back, so they had come to their end, and the ledger, restored from an
 * older copy, does not know which. */
static WAITS void settle_lost(struct store *sp)
{
	struct lost l = { .n = 1, .room = LOST_AT_ONCE };
	l.all = arena_array(&l.mem, struct record_change, LOST_AT_ONCE);
	while (l.all && l.n && !sp->stopping) {
		l.n = 0;
		l.segments = sp->segments;
		l.segments.v = arena_array(&l.mem, struct store_segment, l.segments.n);
		if (l.segments.n && !l.segments.v)
			break;
		memcpy(l.segments.v, sp->segments.v, l.segments.n * sizeof *l.segments.v);
		if (ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, lost_run, &l) < 0 ||
		    store_record(sp, l.all, l.n) < 0)
			break;
		sp->lost = l.n > 0;
	}
	arena_fini(&l.mem);
}

WAITS void store_sweep(struct store *sp)
{
	if (sp->lost && !sp->stopping)
		settle_lost(sp);
	if (sp->sweep_upto && !sp->stopping)
		sweep_blobs(sp);
	if (!sp->swept_mail && !sp->stopping)
		sp->swept_mail =
		        box_sweep(sp->boxes, sp->names.last_account, sp->names.last_mailbox) >= 0;
}
