/* smalldb/smalldb.c - see smalldb.h. */
#include "smalldb/smalldb.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rt/worker.h"

static int begin(struct smalldb *d, const char *path)
{
	int r = sql_open(path, SQL_WRITE, &d->db);

	if (r >= 0)
		r = sql_exec(d->db, d->kind->pragmas);
	if (r >= 0)
		r = schema_migrate(d->kind->schema, d->db);
	return r < 0 ? r : worker_start(d->kind->thread, &d->worker);
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

int smalldb_open(struct smalldb *d, const struct smalldb_kind *kind, const char *data_dir)
{
	char *path = NULL;
	int r;

	*d = (struct smalldb){ .kind = kind };
	d->st = calloc(kind->n_statements, sizeof *d->st);
	if (!d->st || asprintf(&path, "%s/%s", data_dir, kind->file) < 0) {
		smalldb_close(d);
		return err(ERR_NO_MEMORY, "no memory for the %s", kind->schema->what);
	}
	r = begin(d, path);
	if (r == ERR_CORRUPT && !kind->is_record) {
		sql_close(TAKE(d->db));
		forget(path);
		r = begin(d, path);
	}
	free(path);
	if (r < 0)
		smalldb_close(d);
	return r;
}

void smalldb_close(struct smalldb *d)
{
	worker_stop(TAKE(d->worker));
	sql_close(TAKE(d->db));
	free(TAKE(d->st));
}

WAITS int smalldb_run(struct smalldb *d, int (*fn)(void *arg), void *arg)
{
	return worker_run(d->worker, fn, arg, d->kind->schema->what); /* WAITS */
}

int smalldb_statement(struct smalldb *d, size_t which, sqlite3_stmt **out)
{
	int r = d->st[which] ? 0 : sql_prepare(d->db, d->kind->statements[which], &d->st[which]);

	if (r >= 0)
		*out = d->st[which];
	return r;
}

int smalldb_begin(struct smalldb *d)
{
	return sql_exec(d->db, "BEGIN IMMEDIATE");
}

int smalldb_end(struct smalldb *d, int r)
{
	if (r >= 0)
		r = sql_exec(d->db, "COMMIT");
	if (r < 0)
		sql_rollback(d->db);
	return r;
}
