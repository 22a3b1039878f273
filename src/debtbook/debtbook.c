/* debtbook/debtbook.c - see debtbook.h. */
#include "debtbook/debtbook.h"

#include "base/clock.h"
#include "calls/bans.h"
#include "smalldb/smalldb.h"

static const char *const migrations[] = {
#include "debtbook/001_debts.sql.inc"
};

static const struct schema schema = {
	.what = "memory of who is shut out",
	.too_old = "remove it: it is learned again",
	.first = 1,
	.migrations = migrations,
	.n = N_ELEMS(migrations),
};

enum statement {
#define STATEMENT(name, text) ST_##name,
#include "debtbook/statements.def"
#undef STATEMENT
	STATEMENTS
};

static const char *const statements[] = {
#define STATEMENT(name, text) [ST_##name] = (text),
#include "debtbook/statements.def"
#undef STATEMENT
};

static const struct smalldb_kind kind = {
	.file = "debts.db",
	.thread = "debtbook",
	.schema = &schema,
	.pragmas = "PRAGMA wal_autocheckpoint = 100; PRAGMA max_page_count = 4096;", /* 16 MiB */
	.statements = statements,
	.n_statements = STATEMENTS,
};

static struct smalldb db;

/* ---- on the worker's thread -------------------------------------------------------------- */

static void bind_blob(sqlite3_stmt *st, int at, struct span octets)
{
	sqlite3_bind_blob64(st, at, octets.n ? octets.p : "", octets.n, SQLITE_STATIC);
}

static int put(const struct ban_memory *row)
{
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_PUT, &st);

	if (r < 0)
		return r;
	bind_blob(st, 1, row->source);
	sql_bind_int(st, 2, row->until_ms);
	bind_blob(st, 3, row->octets);
	return sql_run(st);
}

static int run_with(enum statement which, int64_t value)
{
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, which, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, value);
	return sql_run(st);
}

static int keep(void *arg)
{
	const struct ban_keep_args *a = arg;
	int r = smalldb_begin(&db);

	for (size_t i = 0; r >= 0 && i < a->n_rows; i++)
		r = put(&a->rows[i]);
	if (r >= 0)
		r = run_with(ST_PRUNE, clock_wall_time_ms());
	if (r >= 0)
		r = run_with(ST_BOUND, DEBTBOOK_ROWS_MAX);
	return smalldb_end(&db, r);
}

struct page {
	struct span after;
	struct arena *mem;
	struct ban_recall_reply *out;
};

static int recall(void *arg)
{
	struct page *p = arg;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_PAGE, &st), row = 0;

	if (r < 0)
		return r;
	bind_blob(st, 1, p->after);
	sql_bind_int(st, 2, clock_wall_time_ms());
	sql_bind_int(st, 3, BAN_MEMORY_ROWS_MAX);
	while (r >= 0 && p->out->n_rows < BAN_MEMORY_ROWS_MAX && (row = sql_step(st)) == 1) {
		struct ban_memory *m = &p->out->rows[p->out->n_rows++];

		r = arena_copy(p->mem, sql_column_view(st, 0), &m->source);
		m->until_ms = sql_column_int(st, 1);
		if (r >= 0)
			r = arena_copy(p->mem, sql_column_view(st, 2), &m->octets);
	}
	if (row == 1)
		sql_reset(st);
	p->out->more = p->out->n_rows == BAN_MEMORY_ROWS_MAX;
	return r < 0 ? r : row < 0 ? row : 0;
}

/* ---- calls --------------------------------------------------------------------------------- */

static WAITS int keep_here(const struct ban_keep_args *a, UNUSED struct arena *mem,
                           struct ban_keep_reply *out)
{
	if (a->n_rows > BAN_MEMORY_ROWS_MAX)
		return err(ERR_TOO_LONG, "%zu sources in one call", a->n_rows);
	for (size_t i = 0; i < a->n_rows; i++)
		if (!a->rows[i].source.n || a->rows[i].source.n > BAN_SOURCE_BYTES_MAX ||
		    a->rows[i].octets.n > BAN_OCTETS_MAX)
			return err(ERR_SYNTAX, "that is no source");
	out->kept = true;
	return smalldb_run(&db, keep, (void *)(uintptr_t)a); /* WAITS */
}

static WAITS int recall_here(const struct ban_recall_args *a, struct arena *mem,
                             struct ban_recall_reply *out)
{
	struct page p = { a->after, mem, out };

	*out = (struct ban_recall_reply){ .rows = arena_array(mem, struct ban_memory,
		                                              BAN_MEMORY_ROWS_MAX) };
	if (!out->rows)
		return err(ERR_NO_MEMORY, "no memory for who is shut out");
	return smalldb_run(&db, recall, &p); /* WAITS */
}

int debtbook_start(const char *data_dir)
{
	int r = smalldb_open(&db, &kind, data_dir);

	if (r < 0)
		return r;
	ban_keep_serve(keep_here);
	ban_recall_serve(recall_here);
	return 0;
}

void debtbook_stop(void)
{
	ban_keep_serve(NULL);
	ban_recall_serve(NULL);
	smalldb_close(&db);
}
