/* store/load.c - at start: what the ledger knows of segments and blobs.
 *
 * Blocks: runs on a pool thread.  Nothing here grows with the number of messages.
 */
#include "store/ledger/ledger_impl.h"
#include "store/store_impl.h"

/* The ledger has messages in segments that are gone: it was restored from an older copy. */
static int load_segments(struct ledger_reader *reader, void *arg)
{
	struct store_start *start = arg;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_SEGMENTS, &st);
	while (r >= 0 && (r = sql_step(st)) == 1) {
		uint64_t number = (uint64_t)sql_column_int(st, 0);
		struct store_segment *s = store_segments_get(&start->sp->segments, number);
		if (s)
			s->alive = (uint64_t)sql_column_int(st, 1);
		else
			start->lost = true;
	}
	return r;
}

/* Blobs are numbered like messages; one that is committed is known to no segment's OPEN record. */
static int load_blobs(struct ledger_reader *reader, void *arg)
{
	struct store *sp = ((struct store_start *)arg)->sp;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_BLOB_LAST, &st);
	if (r < 0)
		return r;
	r = sql_step(st);
	if (r == 1 && (uint64_t)sql_column_int(st, 0) > sp->last_id)
		sp->last_id = (uint64_t)sql_column_int(st, 0);
	sql_reset(st);
	return r < 0 ? r : 0;
}

int store_load(struct store_start *start)
{
	int r = ledger_read_now(start->sp->ledger, load_segments, start);
	return r < 0 ? r : ledger_read_now(start->sp->ledger, load_blobs, start);
}
