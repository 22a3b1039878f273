/* store/compact_ask.c - see compact.h: what the ledger knows of what stands in a segment. */
#include "store/compact.h"
#include "store/ledger/ledger_change.h"
#include "store/ledger/ledger_impl.h"

enum { ASK_AT_ONCE = 512 };

static int ask_message(struct ledger_reader *reader, const struct store_compact *c,
                       struct store_compact_message *m)
{
	struct ledger_place place;
	int r = ledger_place_get(reader->db, reader->st, m->id, &place);
	m->alive = r == 1 && place.at.segment == c->segment && place.at.offset == m->offset;
	return r < 0 ? r : 0;
}

static int ask_home(struct ledger_reader *reader, struct store_compact_change *f)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_HOME, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, f->message, &id);
	sql_bind_int(st, 2, (int64_t)f->message);
	r = sql_step(st);
	f->home = r == 1 ? (uint64_t)sql_column_int(st, 0) : 0;
	sql_reset(st);
	return r < 0 ? r : 0;
}

static int ask_change(struct ledger_reader *reader, struct store_compact_change *f)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ask_home(reader, f);
	if (r >= 0)
		r = ledger_statement(reader->db, reader->st, LEDGER_LATEST, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, f->message, &id);
	sql_bind_int(st, 2, f->recipient);
	r = sql_step(st);
	/* Rows are removed of what came to its end: then that counts alone. */
	f->latest = r == 1 ? (uint64_t)sql_column_int(st, 0) <= f->seq ||
	                             (uint64_t)sql_column_int(st, 1) == f->seq
	                   : f->final;
	sql_reset(st);
	return r < 0 ? r : 0;
}

int store_compact_ask(struct ledger_reader *reader, struct store_compact *c)
{
	size_t all = c->n_messages + c->n_changes;
	int r = 0;
	for (size_t i = 0; i < ASK_AT_ONCE && c->asked < all && r >= 0; i++, c->asked++)
		r = c->asked < c->n_messages
		            ? ask_message(reader, c, &c->messages[c->asked])
		            : ask_change(reader, &c->changes[c->asked - c->n_messages]);
	return r < 0 ? r : c->asked < all;
}

int store_compact_ask_end(struct ledger_reader *reader, struct store_compact *c)
{
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_SEGMENT_END, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)c->segment);
	r = sql_step(st);
	if (r == 1)
		c->sure = (uint64_t)sql_column_int(st, 0);
	sql_reset(st);
	return r < 0 ? r : 0;
}

/* ---- states ---- */

static int state_add(struct record_change **all, size_t *n, size_t *room,
                     const struct record_change *one, struct arena *mem)
{
	if (*n == *room) {
		size_t more = *room ? 4 * *room : 4;
		struct record_change *bigger = arena_array(mem, struct record_change, more);
		if (!bigger)
			return err(ERR_NO_MEMORY, "no memory for the states of a message");
		if (*n)
			memcpy(bigger, *all, *n * sizeof *bigger);
		*all = bigger;
		*room = more;
	}
	(*all)[(*n)++] = *one;
	return 0;
}

int store_compact_states(struct ledger_reader *reader, uint64_t message, uint64_t first_seq,
                         struct arena *mem, struct record_change **out, size_t *n)
{
	struct sql_id id;
	struct record_change one = { 0 };
	sqlite3_stmt *st;
	size_t room = 0;
	int r = ledger_statement(reader->db, reader->st, LEDGER_STATES, &st);
	*out = NULL;
	*n = 0;
	if (r < 0)
		return r;
	sql_bind_id(st, 1, message, &id);
	while (r >= 0 && (r = sql_step(st)) == 1) {
		r = ledger_change_read(st, mem, &one);
		one.address = one.return_path = (struct span){ 0 }; /* the message has them */
		if (r >= 0 && one.seq != first_seq + one.recipient)
			r = state_add(out, n, &room, &one, mem);
	}
	sql_reset(st);
	return r;
}
