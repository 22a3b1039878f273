/* store/ledger/schema.c - see schema.h. */
#include "store/ledger/schema.h"

#include "store/ledger/sql.h"

/* In order; the index is the version that it starts from. */
static const char *const migrations[] = {
#include "store/001_ledger.sql.inc"
#include "store/002_change.sql.inc"
};

int schema_latest(void)
{
	return N_ELEMS(migrations);
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

int schema_migrate(sqlite3 *db)
{
	int version = 0;
	int r = version_get(db, &version);
	if (r >= 0 && (version < 0 || version > schema_latest()))
		return err(ERR_CONFIG,
		           "the ledger has schema version %d and this program knows %d: "
		           "it was written by a newer one",
		           version, schema_latest());
	while (r >= 0 && version < schema_latest())
		r = migrate_one(db, migrations[version++]);
	return r;
}
