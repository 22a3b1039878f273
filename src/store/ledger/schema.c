/* store/ledger/schema.c - see schema.h. */
#include "store/ledger/schema.h"

#include "store/ledger/sql.h"

static const char *const ledger[] = {
#include "store/001_ledger.sql.inc"
#include "store/002_told.sql.inc"
#include "store/003_report.sql.inc"
};

const struct schema schema_ledger = {
	.what = "ledger",
	.too_old = "let the program that wrote it deliver what is in it, then begin with an empty "
	           "data_dir",
	.first = 5,
	.migrations = ledger,
	.n = N_ELEMS(ledger),
};

int schema_latest(const struct schema *s)
{
	return s->first + (int)s->n - 1;
}

static int version_get(sqlite3 *db, int *version)
{
	sqlite3_stmt *st;
	int r = sql_prepare(db, "PRAGMA user_version", &st);
	if (r < 0)
		return r;
	r = sql_step(st);
	if (r == 1)
		*version = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return r < 0 ? r : 0;
}

static int migrate_one(sqlite3 *db, const char *statements)
{
	int r = sql_exec(db, "BEGIN IMMEDIATE");
	if (r < 0)
		return r;
	r = sql_exec(db, statements);
	if (r >= 0)
		r = sql_exec(db, "COMMIT");
	if (r < 0)
		sql_rollback(db);
	return r;
}

int schema_check(const struct schema *s, sqlite3 *db, int *version)
{
	int r = version_get(db, version);
	if (r < 0 || !*version || (*version >= s->first && *version <= schema_latest(s)))
		return r;
	return err(ERR_CONFIG, "the %s has schema version %d and this program knows %d: %s",
	           s->what, *version, schema_latest(s),
	           *version > schema_latest(s) ? "a newer program wrote it; use that one"
	                                       : s->too_old);
}

int schema_migrate(const struct schema *s, sqlite3 *db)
{
	int version = 0;
	int r = schema_check(s, db, &version);
	size_t next = version ? (size_t)(version - s->first + 1) : 0;
	while (r >= 0 && next < s->n)
		r = migrate_one(db, s->migrations[next++]);
	return r;
}
