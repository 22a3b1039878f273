/* store/ledger/schema.h - the ledger's tables, and how older ones are brought to them.  Floor 2.
 *
 * sql/NNN_name.sql is migration NNN.  Released ones are never changed.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <sqlite3.h>

#include "base/err.h"

int schema_latest(void);
/* db's version, 0 for an empty one.  ERR_CONFIG: a newer or a much older program's.  Blocks. */
NODISCARD int schema_check(sqlite3 *db, int *version);
/* Brings db up to date, each migration in a transaction of its own.  As schema_check; ERR_CORRUPT:
 * it is no ledger.  Blocks. */
NODISCARD int schema_migrate(sqlite3 *db);

#endif
