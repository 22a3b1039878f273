/* store/mirror.c - rows of the ledger for a copy of it elsewhere; see calls/mirror.h. */
#include "calls/mirror.h"
#include "store/ledger/ledger_impl.h"
#include "store/store_impl.h"

enum {
	CHANGES_MAX = 500,
	OCTETS_MAX = 400 << 10, /* of texts; one change more adds 3 rows at most */
	ROWS_MAX = 3 * CHANGES_MAX,
	CELL_OCTETS = 16,
};

struct mirroring {
	struct store_mirror *out;
	struct arena *mem;
	size_t octets, n_seen;
	struct seen {
		uint64_t message;
		uint32_t recipient;
	} seen[CHANGES_MAX];
};

/* Cut before a sequence that it would divide. */
static struct span cut(struct span s)
{
	size_t n = s.n < MIRROR_TEXT_BYTES_MAX ? s.n : MIRROR_TEXT_BYTES_MAX;

	while (n && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return span_make(s.p, n);
}

static int cell(struct mirroring *m, sqlite3_stmt *st, int at, struct mirror_cell *out)
{
	int type = sqlite3_column_type(st, at), r = 0;

	*out = (struct mirror_cell){ .kind = MIRROR_NULL };
	if (type == SQLITE_INTEGER)
		*out = (struct mirror_cell){ MIRROR_IS_NUMBER, sql_column_int(st, at), { 0 } };
	else if (type != SQLITE_NULL) {
		out->kind = MIRROR_IS_TEXT;
		r = arena_copy(m->mem, cut(sql_column_view(st, at)), &out->text);
	}
	m->octets += out->text.n + CELL_OCTETS;
	return r;
}

/* The row where st stands; its first column is passed over. */
static int add(struct mirroring *m, enum mirror_table table, sqlite3_stmt *st)
{
	size_t n = (size_t)sqlite3_column_count(st) - 1;
	struct mirror_row *row = &m->out->rows[m->out->n_rows];
	struct mirror_cell *cells = arena_array(m->mem, struct mirror_cell, n);
	int r = cells ? 0 : err(ERR_NO_MEMORY, "no memory for a row");

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = cell(m, st, (int)i + 1, &cells[i]);
	if (r < 0)
		return r;
	*row = (struct mirror_row){ (uint8_t)table, cells, n };
	m->out->n_rows++;
	return 0;
}

/* A row of another table that the change belongs to; one that is gone is passed over. */
static int add_of(struct mirroring *m, struct ledger_reader *reader, enum mirror_table table,
                  const struct seen *of)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(
	        reader->db, reader->st,
	        table == MIRROR_MESSAGE ? LEDGER_MIRROR_MESSAGE : LEDGER_MIRROR_RECIPIENT, &st);

	if (r < 0)
		return r;
	sql_bind_id(st, 1, of->message, &id);
	if (table == MIRROR_RECIPIENT)
		sql_bind_int(st, 2, of->recipient);
	r = sql_step(st);
	if (r == 1)
		r = add(m, table, st);
	sql_reset(st);
	return r;
}

static int add_whose(struct mirroring *m, struct ledger_reader *reader, const struct seen *of)
{
	bool message = false, recipient = false;
	int r = 0;

	for (size_t i = 0; i < m->n_seen && !recipient; i++) {
		bool same = m->seen[i].message == of->message;
		message = message || same;
		recipient = same && m->seen[i].recipient == of->recipient;
	}
	if (!message)
		r = add_of(m, reader, MIRROR_MESSAGE, of);
	if (r >= 0 && !recipient)
		r = add_of(m, reader, MIRROR_RECIPIENT, of);
	m->seen[m->n_seen++] = *of;
	return r;
}

static int run(struct ledger_reader *reader, void *arg)
{
	struct mirroring *m = arg;
	struct store_mirror *out = m->out;
	sqlite3_stmt *st;
	int r = ledger_statement(reader->db, reader->st, LEDGER_MIRROR_CHANGES, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)out->after);
	sql_bind_int(st, 2, CHANGES_MAX);
	while (r >= 0 && m->octets < OCTETS_MAX && (r = sql_step(st)) == 1) {
		struct seen of = { sql_column_id(st, 3), (uint32_t)sql_column_int(st, 4) };

		out->upto = (uint64_t)sql_column_int(st, 1);
		if (!out->since_ms)
			out->since_ms = sql_column_int(st, 2);
		r = add(m, MIRROR_CHANGE, st);
		if (r >= 0)
			r = add_whose(m, reader, &of);
	}
	sql_reset(st);
	return r < 0 ? r : 0;
}

WAITS int store_mirror(struct store *sp, struct arena *mem, struct store_mirror *out)
{
	struct mirroring *m = arena_new(mem, struct mirroring);

	out->rows = arena_array(mem, struct mirror_row, ROWS_MAX);
	out->n_rows = 0;
	out->upto = out->after;
	out->since_ms = 0;
	if (!m || !out->rows)
		return err(ERR_NO_MEMORY, "no memory for rows of the ledger");
	m->out = out;
	m->mem = mem;
	return ledger_read(sp->ledger, LEDGER_FOR_OTHERS, false, run, m); /* WAITS */
}
