/* debtbook/debtbook.c - see debtbook.h. */
#include "debtbook/debtbook.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "calls/bans.h"
#include "rt/worker.h"
#include "store/ledger/schema.h"
#include "store/ledger/sql.h"

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

static struct {
	sqlite3 *db;
	sqlite3_stmt *st[STATEMENTS];
	struct worker *worker; /* after the start the db is its */
} self;

static int statement(enum statement which, sqlite3_stmt **out)
{
	static const char *const texts[] = {
#define STATEMENT(name, text) [ST_##name] = (text),
#include "debtbook/statements.def"
#undef STATEMENT
	};
	int r = self.st[which] ? 0 : sql_prepare(self.db, texts[which], &self.st[which]);

	if (r >= 0)
		*out = self.st[which];
	return r;
}

/* ---- on the worker's thread -------------------------------------------------------------- */

static void bind_blob(sqlite3_stmt *st, int at, struct span octets)
{
	sqlite3_bind_blob64(st, at, octets.n ? octets.p : "", octets.n, SQLITE_STATIC);
}

static int put(const struct ban_memory *row)
{
	sqlite3_stmt *st;
	int r = statement(ST_PUT, &st);

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
	int r = statement(which, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, value);
	return sql_run(st);
}

static int keep(void *arg)
{
	const struct ban_keep_args *a = arg;
	int r = sql_exec(self.db, "BEGIN IMMEDIATE");

	for (size_t i = 0; r >= 0 && i < a->n_rows; i++)
		r = put(&a->rows[i]);
	if (r >= 0)
		r = run_with(ST_PRUNE, clock_wall_time_ms());
	if (r >= 0)
		r = run_with(ST_BOUND, DEBTBOOK_ROWS_MAX);
	if (r >= 0)
		r = sql_exec(self.db, "COMMIT");
	if (r < 0)
		sql_rollback(self.db);
	return r;
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
	int r = statement(ST_PAGE, &st), row = 0;

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
	return worker_run(self.worker, keep, (void *)(uintptr_t)a,
	                  "memory of who is shut out"); /* WAITS */
}

static WAITS int recall_here(const struct ban_recall_args *a, struct arena *mem,
                             struct ban_recall_reply *out)
{
	struct page p = { a->after, mem, out };

	*out = (struct ban_recall_reply){ .rows = arena_array(mem, struct ban_memory,
		                                              BAN_MEMORY_ROWS_MAX) };
	if (!out->rows)
		return err(ERR_NO_MEMORY, "no memory for who is shut out");
	return worker_run(self.worker, recall, &p, "memory of who is shut out"); /* WAITS */
}

static int begin(const char *path)
{
	int r = sql_open(path, SQL_WRITE, &self.db);

	if (r >= 0) /* 16 MiB */
		r = sql_exec(self.db,
		             "PRAGMA wal_autocheckpoint = 100; PRAGMA max_page_count = 4096;");
	if (r >= 0)
		r = schema_migrate(&schema, self.db);
	return r < 0 ? r : worker_start("debtbook", &self.worker);
}

static void forget(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char *name;

	for (size_t i = 0; i < N_ELEMS(ends); i++)
		if (asprintf(&name, "%s%s", path, ends[i]) >= 0) {
			unlink(name);
			free(name);
		}
}

int debtbook_start(const char *data_dir)
{
	char *path = NULL;
	int r;

	if (asprintf(&path, "%s/debts.db", data_dir) < 0)
		return err(ERR_NO_MEMORY, "no memory for the memory of who is shut out");
	r = begin(path);
	if (r == ERR_CORRUPT) {
		sql_close(TAKE(self.db));
		forget(path);
		r = begin(path);
	}
	free(path);
	if (r < 0) {
		debtbook_stop();
		return r;
	}
	ban_keep_serve(keep_here);
	ban_recall_serve(recall_here);
	return 0;
}

void debtbook_stop(void)
{
	ban_keep_serve(NULL);
	ban_recall_serve(NULL);
	worker_stop(TAKE(self.worker));
	for (size_t i = 0; i < STATEMENTS; i++)
		self.st[i] = NULL;
	sql_close(TAKE(self.db));
}
