/* store/undecided.c - what the ledger tells of undecided recipients, in order of their next try. */
#include "store/ledger/ledger_impl.h"
#include "store/store_impl.h"
#include "wire/smtp/verdict/verdict.h"

enum {
	TEXT_BYTES_MAX = 256 << 10
}; /* of the rows of one scan: a call between roles carries them */

struct rows {
	struct arena *mem;
	struct store_pending *v;
	size_t n, room, max;
	size_t text_bytes;
};

static int no_memory(sqlite3_stmt *st)
{
	sql_reset(st);
	return err(ERR_NO_MEMORY, "no memory for the answer");
}

static uint8_t state_of(struct span name)
{
	uint8_t state = 0;
	(void)!recipient_state_from_name(name, &state);
	return state;
}

/* What stands in the row; spans are borrowed from it. */
static struct store_pending row_view(sqlite3_stmt *st)
{
	return (struct store_pending){
		.message = sql_column_id(st, 0),
		.recipient = (uint32_t)sql_column_int(st, 1),
		.return_path = sql_column_view(st, 2),
		.address = sql_column_view(st, 3),
		.domain = sql_column_view(st, 4),
		.login = sql_column_view(st, 5),
		.accepted_ms = sql_column_int(st, 6),
		.next_try_ms = sql_column_int(st, 7),
		.attempt = (uint32_t)sql_column_int(st, 8),
		.size_bytes = (uint64_t)sql_column_int(st, 9),
		.body_8bit = sql_column_int(st, 10) != 0,
		.smtputf8 = sql_column_int(st, 11) != 0,
		.state = state_of(sql_column_view(st, 12)),
		.route = sql_column_view(st, 13),
		.by_http = sql_column_int(st, 14) != 0,
		.begun_ms = sql_column_int(st, 15),
	};
}

static bool make_room(struct rows *rows)
{
	size_t room = rows->room ? 4 * rows->room : 16;
	struct store_pending *more;
	if (rows->n < rows->room)
		return true;
	if (room > rows->max)
		room = rows->max;
	more = arena_array(rows->mem, struct store_pending, room);
	if (!more)
		return false;
	if (rows->n)
		memcpy(more, rows->v, rows->n * sizeof *more);
	rows->v = more;
	rows->room = room;
	return true;
}

static int row_keep(struct rows *rows, struct store_pending row)
{
	struct span *texts[] = { &row.return_path, &row.address, &row.domain, &row.login,
		                 &row.text,        &row.route,   &row.who,    &row.why };
	if (!make_room(rows))
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < N_ELEMS(texts); i++) {
		int r = arena_copy(rows->mem, *texts[i], texts[i]);
		if (r < 0)
			return r;
		rows->text_bytes += texts[i]->n;
	}
	rows->v[rows->n++] = row;
	return 0;
}

static void bind_place(sqlite3_stmt *st, struct store_place after, struct sql_id *keep)
{
	sql_bind_int(st, 1, after.next_try_ms);
	sql_bind_id(st, 2, after.message, keep);
	sql_bind_int(st, 3, after.recipient);
}

/* ---- pending ---- */

struct pending {
	struct store_place after;
	struct rows rows;
};

static int pending_run(struct ledger_reader *reader, void *arg)
{
	struct pending *p = arg;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_PENDING, &st);
	if (r < 0)
		return r;
	bind_place(st, p->after, &id);
	sql_bind_int(st, 4, (int64_t)p->rows.max);
	while (r >= 0 && (r = sql_step(st)) == 1) {
		struct store_pending row = row_view(st);
		if (row.state == RECIPIENT_TRYING)
			row.state = RECIPIENT_QUEUED;
		if (row_keep(&p->rows, row) < 0)
			return no_memory(st);
	}
	return r;
}

WAITS int store_pending(struct store *sp, struct store_place after, size_t max, struct arena *mem,
                        struct store_pending **out, size_t *n)
{
	struct pending p = { .after = after, .rows = { .mem = mem, .max = max } };
	int r = ledger_read(sp->ledger, LEDGER_FOR_QUEUE, true, pending_run, &p);
	if (r < 0)
		return r;
	*out = p.rows.v;
	*n = p.rows.n;
	return 0;
}

/* ---- scan ---- */

struct scanning {
	struct store_scan *scan;
	struct rows rows;
};

static uint8_t class_of(struct span name)
{
	enum smtp_class class;
	return name.n && smtp_class_from_name(name, &class) == 0 ? (uint8_t) class : 0;
}

static int scan_row(struct scanning *s, sqlite3_stmt *st)
{
	struct store_pending row = row_view(st);
	row.class = class_of(sql_column_view(st, 16));
	row.text = sql_column_view(st, 17);
	row.who = sql_column_view(st, 18);
	row.why = sql_column_view(st, 19);
	s->scan->after = (struct store_place){ row.next_try_ms, row.message, row.recipient };
	if (s->scan->wanted && !s->scan->wanted(&row, s->scan->arg))
		return 0;
	return row_keep(&s->rows, row) < 0 ? no_memory(st) : 0;
}

static int scan_run(struct ledger_reader *reader, void *arg)
{
	struct scanning *s = arg;
	struct store_scan *scan = s->scan;
	struct sql_id id, message;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st,
	                         scan->message ? LEDGER_SCAN_OF : LEDGER_SCAN, &st);
	if (r < 0)
		return r;
	bind_place(st, scan->after, &id);
	sql_bind_int(st, 4, (int64_t)scan->look);
	if (scan->message)
		sql_bind_id(st, 5, scan->message, &message);
	for (size_t looked = 0; (r = sql_step(st)) == 1;) {
		r = scan_row(s, st);
		if (r < 0)
			return r;
		if (++looked == scan->look || s->rows.n == scan->max ||
		    s->rows.text_bytes > TEXT_BYTES_MAX) {
			scan->more = true;
			sql_reset(st);
			return 0;
		}
	}
	return r;
}

WAITS int store_scan(struct store *sp, struct store_scan *scan, struct arena *mem)
{
	struct store_scan done = *scan;
	struct scanning s = { .scan = &done, .rows = { .mem = mem, .max = scan->max } };
	int r;
	done.more = false;
	r = ledger_read(sp->ledger, LEDGER_FOR_OTHERS, true, scan_run, &s);
	if (r < 0)
		return r;
	done.rows = s.rows.v;
	done.n = s.rows.n;
	*scan = done;
	return 0;
}
