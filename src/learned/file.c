/* learned/file.c - the tables in learned.db, on a thread of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "learned/learned_impl.h"
#include "rt/worker.h"
#include "store/ledger/schema.h"
#include "store/ledger/sql.h"

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

static struct {
	sqlite3 *db;
	sqlite3_stmt *st[STATEMENTS];
	struct worker *worker; /* after the start the db is its */
} self;

static int statement(enum statement which, sqlite3_stmt **out)
{
	static const char *const texts[] = {
#define STATEMENT(name, text) [ST_##name] = (text),
#include "learned/statements.def"
#undef STATEMENT
	};
	int r = self.st[which] ? 0 : sql_prepare(self.db, texts[which], &self.st[which]);

	if (r >= 0)
		*out = self.st[which];
	return r;
}

struct job {
	struct span account, octets;
	struct buf *out;
};

static int run_get(void *arg)
{
	const struct job *j = arg;
	sqlite3_stmt *st;
	int r = statement(ST_GET, &st);

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
	int r = statement(ST_PUT, &st);

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
	int r = statement(ST_REMOVE, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, j->account);
	return sql_run(st);
}

static WAITS int run(int (*fn)(void *arg), struct job j)
{
	return worker_run(self.worker, fn, &j, "memory of wanted mail"); /* WAITS */
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
	int r = statement(ST_NAMES, &st), row = 0;

	while (r >= 0 && (row = sql_step(st)) == 1)
		r = fn(sql_column_view(st, 0));
	if (row == 1)
		sql_reset(st);
	return r < 0 ? r : row;
}

static int begin(const char *path)
{
	int r = sql_open(path, SQL_WRITE, &self.db);

	if (r >= 0)
		r = sql_exec(self.db, "PRAGMA wal_autocheckpoint = 1000;");
	if (r >= 0)
		r = schema_migrate(&schema, self.db);
	return r < 0 ? r : worker_start("learned", &self.worker);
}

/* What is damaged is learned again. */
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

int learned_file_open(const char *data_dir)
{
	char *path = NULL;
	int r;

	if (asprintf(&path, "%s/learned.db", data_dir) < 0)
		return err(ERR_NO_MEMORY, "no memory for the memory of wanted mail");
	r = begin(path);
	if (r == ERR_CORRUPT) {
		sql_close(TAKE(self.db));
		forget(path);
		r = begin(path);
	}
	free(path);
	return r;
}

void learned_file_close(void)
{
	worker_stop(TAKE(self.worker));
	for (size_t i = 0; i < STATEMENTS; i++)
		self.st[i] = NULL;
	sql_close(TAKE(self.db));
}
