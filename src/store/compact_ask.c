/* store/compact_ask.c - see compact.h: what the ledger knows of what stands in a segment. */
#include "store/compact.h"
#include "store/ledger/ledger_impl.h"
#include "wire/smtp/verdict/verdict.h"

enum { ASK_AT_ONCE = 512 };

static int ask_message(struct ledger_reader *reader, const struct compact *c,
                       struct compact_message *m)
{
	struct ledger_place place;
	int r = ledger_place_get(reader->db, reader->st, m->id, &place);
	m->alive = r == 1 && place.at.segment == c->segment && place.at.offset == m->offset;
	return r < 0 ? r : 0;
}

static int ask_home(struct ledger_reader *reader, struct compact_change *f)
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

static int ask_change(struct ledger_reader *reader, struct compact_change *f)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ask_home(reader, f);
	if (r >= 0)
		r = ledger_statement(reader->db, reader->st, LEDGER_LAST_ATTEMPT, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, f->message, &id);
	sql_bind_int(st, 2, f->recipient);
	r = sql_step(st);
	/* Rows are removed of what came to its end: then that counts alone. */
	f->latest = r == 1 ? (uint64_t)sql_column_int(st, 0) <= f->seq : f->final;
	sql_reset(st);
	return r < 0 ? r : 0;
}

int compact_ask(struct ledger_reader *reader, struct compact *c)
{
	size_t all = c->n_messages + c->n_changes;
	int r = 0;
	for (size_t i = 0; i < ASK_AT_ONCE && c->asked < all && r >= 0; i++, c->asked++)
		r = c->asked < c->n_messages
		            ? ask_message(reader, c, &c->messages[c->asked])
		            : ask_change(reader, &c->changes[c->asked - c->n_messages]);
	return r < 0 ? r : c->asked < all;
}

/* ---- states ---- */

static uint8_t state_at(sqlite3_stmt *st, int at)
{
	uint8_t state = 0;
	(void)!recipient_state_from_name(sql_column_view(st, at), &state);
	return state;
}

static uint8_t class_at(sqlite3_stmt *st, int at)
{
	struct span name = sql_column_view(st, at);
	enum smtp_class class;
	return name.n && smtp_class_from_name(name, &class) == 0 ? (uint8_t) class : 0;
}

/* As a crash would leave it: an attempt under way was not begun. */
static int state_read(sqlite3_stmt *st, uint64_t message, struct arena *mem,
                      struct record_change *out)
{
	int r = 0;
	*out = (struct record_change){
		.message = message,
		.recipient = (uint32_t)sql_column_int(st, 0),
		.state = state_at(st, 1),
		.seq = (uint64_t)sql_column_int(st, 2),
		.time_ms = sql_column_int(st, 3),
		.attempt = (uint32_t)sql_column_int(st, 4),
		.next_try_ms = sql_column_int(st, 5),
		.remote_host = sql_column_text(st, 9, mem, &r),
		.remote_address = sql_column_text(st, 10, mem, &r),
		.tls_version = sql_column_text(st, 11, mem, &r),
		.tls_policy = sql_column_text(st, 12, mem, &r),
		.code = (uint16_t)sql_column_int(st, 13),
		.enhanced = sql_column_text(st, 14, mem, &r),
		.text = sql_column_text(st, 15, mem, &r),
		.class = class_at(st, 16),
		.meaning = sql_column_text(st, 17, mem, &r),
		.elapsed_ms = sql_column_int(st, 18),
	};
	if (out->state != RECIPIENT_TRYING && out->state != RECIPIENT_QUEUED)
		return r;
	bool tried = sql_column_int(st, 6) != 0;
	out->state = tried ? state_at(st, 7) : RECIPIENT_QUEUED;
	if (tried) {
		out->seq = (uint64_t)sql_column_int(st, 6);
		out->time_ms = sql_column_int(st, 8);
	}
	return r;
}

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

int compact_states(struct ledger_reader *reader, uint64_t message, uint64_t first_seq,
                   struct arena *mem, struct record_change **out, size_t *n)
{
	struct sql_id id;
	struct record_change one;
	sqlite3_stmt *st;
	size_t room = 0;
	int r = ledger_statement(reader->db, reader->st, LEDGER_STATES, &st);
	*out = NULL;
	*n = 0;
	if (r < 0)
		return r;
	sql_bind_id(st, 1, message, &id);
	while (r >= 0 && (r = sql_step(st)) == 1) {
		r = state_read(st, message, mem, &one);
		if (r >= 0 && one.seq != first_seq + one.recipient)
			r = state_add(out, n, &room, &one, mem);
	}
	sql_reset(st);
	return r;
}
