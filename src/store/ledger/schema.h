/* store/ledger/schema.h - a database's tables, and how older ones are brought to them.  Floor 2.
 *
 * sql/NNN_name.sql is migration NNN of the ledger.  Released ones are never changed.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <sqlite3.h>
#include <stddef.h>

#include "base/err.h"

/* Migrations in order: the first makes version `first` of nothing, each of the others one more of
 * the one before. */
struct schema {
	const char *what;    /* "ledger" */
	const char *too_old; /* what to do then */
	int first;
	const char *const *migrations;
	size_t n;
};
extern const struct schema schema_ledger;

int schema_latest(const struct schema *s);
/* db's version, 0 for an empty one.  ERR_CONFIG: a newer or a much older program's.  Blocks. */
NODISCARD int schema_check(const struct schema *s, sqlite3 *db, int *version);
/* Brings db up to date, each migration in a transaction of its own.  As schema_check; ERR_CORRUPT:
 * it is no such database.  Blocks. */
NODISCARD int schema_migrate(const struct schema *s, sqlite3 *db);

#endif
