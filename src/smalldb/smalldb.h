/* smalldb/smalldb.h - a small SQLite file beside the ledger, with a thread of its own.
 *
 * What is kept of others' mail servers, who has come before, who is shut out and the like: each its
 * own file in the store's directory, so that none holds up another, nor the mail.
 */
#ifndef SMALLDB_SMALLDB_H
#define SMALLDB_SMALLDB_H

#include "rt/fibre.h"
#include "store/ledger/schema.h"
#include "store/ledger/sql.h"

struct smalldb_kind {
	const char *file;   /* "greylist.db" */
	const char *thread; /* its name */
	const struct schema *schema;
	const char *pragmas;
	const char *const *statements; /* prepared at first use */
	size_t n_statements;
	bool is_record; /* else what is damaged is removed, and learned again */
};

/* All zero: closed.  After the start db and statements are the worker's. */
struct smalldb {
	const struct smalldb_kind *kind;
	sqlite3 *db;
	sqlite3_stmt **st;
	struct worker *worker;
};

/* Opens the file, or makes it.  Closed again after an error.  ERR_CONFIG: a newer program's;
 * ERR_CORRUPT, only of a record; ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY. */
NODISCARD int smalldb_open(struct smalldb *d, const struct smalldb_kind *kind,
                           const char *data_dir);
void smalldb_close(struct smalldb *d);

/* Runs fn(arg) on the thread, one after the other; gives what it gave. */
NODISCARD WAITS int smalldb_run(struct smalldb *d, int (*fn)(void *arg), void *arg);

/* ---- on the thread ---- */

NODISCARD int smalldb_statement(struct smalldb *d, size_t which, sqlite3_stmt **out);
NODISCARD int smalldb_begin(struct smalldb *d);
/* Ends what smalldb_begin began: written when r says that all went well, else undone.  r, or why it
 * could not be written. */
NODISCARD int smalldb_end(struct smalldb *d, int r);

#endif
