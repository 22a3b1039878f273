/* learned/file.c - the tables in learned.db, on a thread of their own. */

#include "learned/learned_impl.h"
#include "smalldb/smalldb.h"

static const char *const migrations[] = {
#include "learned/001_learned.sql.inc"
};

static const struct schema schema = {
	.what = "memory of wanted mail",
	.too_old = "remove it: it is learned again",
	.first = 1,
	.migrations = migrations,
	.n = N_ELEMS(migrations),
};

enum statement {
#define STATEMENT(name, text) ST_##name,
#include "learned/statements.def"
#undef STATEMENT
	STATEMENTS
};

static const char *const statements[] = {
#define STATEMENT(name, text) [ST_##name] = (text),
#include "learned/statements.def"
#undef STATEMENT
};

static const struct smalldb_kind kind = {
	.file = "learned.db",
	.thread = "learned",
	.schema = &schema,
	.pragmas = "PRAGMA wal_autocheckpoint = 1000;",
	.statements = statements,
	.n_statements = STATEMENTS,
};

static struct smalldb db;

struct job {
	struct span account, octets;
	struct buf *out;
};

static int run_get(void *arg)
{
	const struct job *j = arg;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_GET, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, j->account);
	r = sql_step(st);
	if (r == 1) {
		r = buf_put(j->out, sql_column_view(st, 0));
		sql_reset(st);
	}
	return r;
}

static int run_put(void *arg)
{
	const struct job *j = arg;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_PUT, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, j->account);
	sqlite3_bind_blob64(st, 2, j->octets.p, j->octets.n, SQLITE_STATIC);
	return sql_run(st);
}

static int run_remove(void *arg)
{
	const struct job *j = arg;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_REMOVE, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, j->account);
	return sql_run(st);
}

static WAITS int run(int (*fn)(void *arg), struct job j)
{
	return smalldb_run(&db, fn, &j); /* WAITS */
}

WAITS int learned_file_get(struct span account, struct buf *out)
{
	return run(run_get, (struct job){ .account = account, .out = out }); /* WAITS */
}

WAITS int learned_file_put(struct span account, struct span octets)
{
	return run(run_put, (struct job){ .account = account, .octets = octets }); /* WAITS */
}

WAITS int learned_file_remove(struct span account)
{
	return run(run_remove, (struct job){ .account = account }); /* WAITS */
}

int learned_file_names(int (*fn)(struct span account))
{
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_NAMES, &st), row = 0;

	while (r >= 0 && (row = sql_step(st)) == 1)
		r = fn(sql_column_view(st, 0));
	if (row == 1)
		sql_reset(st);
	return r < 0 ? r : row;
}

int learned_file_open(const char *data_dir)
{
	return smalldb_open(&db, &kind, data_dir);
}

void learned_file_close(void)
{
	smalldb_close(&db);
}
