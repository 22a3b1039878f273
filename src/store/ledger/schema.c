/* store/ledger/schema.c - see schema.h. */
#include "store/ledger/schema.h"

#include "store/ledger/sql.h"

/* In order; the first makes version SCHEMA_FIRST of nothing, each of the others one more of the one
 * before. */
enum { SCHEMA_FIRST = 5 };
static const char *const migrations[] = {
#include "store/001_ledger.sql.inc"
};

int schema_latest(void)
{
	return SCHEMA_FIRST + (int)N_ELEMS(migrations) - 1;
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

int schema_check(sqlite3 *db, int *version)
{
	int r = version_get(db, version);
	if (r < 0 || !*version || (*version >= SCHEMA_FIRST && *version <= schema_latest()))
		return r;
	return err(ERR_CONFIG, "the ledger has schema version %d and this program knows %d: %s",
	           *version, schema_latest(),
	           *version > schema_latest()
	                   ? "a newer program wrote it; use that one"
	                   : "let the program that wrote it deliver what is in it, then begin "
	                     "with an empty data_dir");
}

int schema_migrate(sqlite3 *db)
{
	int version = 0;
	int r = schema_check(db, &version);
	size_t next = version ? (size_t)(version - SCHEMA_FIRST + 1) : 0;
	while (r >= 0 && next < N_ELEMS(migrations))
		r = migrate_one(db, migrations[next++]);
	return r;
}
