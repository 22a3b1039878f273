/* store/ledger/sql.h - SQLite with our errors.  A thin layer; all of it blocks.  Floor 2.
 *
 * A connection is used by one thread at a time (which one may change).  Only prepared statements
 * with bound values ever see what came from outside.
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <sqlite3.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/err.h"

/* WAL, synchronous=NORMAL, temp_store=MEMORY, no automatic checkpoint.  ERR_NO_SPACE, ERR_IO,
 * ERR_CORRUPT, ... */
enum sql_mode { SQL_WRITE, SQL_READ };
NODISCARD int sql_open(const char *path, enum sql_mode mode, sqlite3 **out);
/* By a VFS of that name, which has so many octets of each page for itself. */
NODISCARD int sql_open_by(const char *vfs, int reserve, const char *path, enum sql_mode mode,
                          sqlite3 **out);
/* Finalizes what is still prepared. */
void sql_close(sqlite3 *db);

/* What SQLite's code means. */
int sql_fault(sqlite3 *db, int sqlite);
/* Several statements without values. */
NODISCARD int sql_exec(sqlite3 *db, const char *statements);
/* As often as needed, whatever state the connection is in. */
void sql_rollback(sqlite3 *db);
NODISCARD int sql_prepare(sqlite3 *db, const char *statement, sqlite3_stmt **out);
/* 1: a row stands there; 0: done, and reset; an error, and reset. */
NODISCARD int sql_step(sqlite3_stmt *st);
/* For a statement that gives no rows.  0. */
NODISCARD int sql_run(sqlite3_stmt *st);
/* Before leaving rows unread. */
void sql_reset(sqlite3_stmt *st);
/* One value, and an error of the whole when there is none. */
NODISCARD int sql_value(sqlite3 *db, const char *statement, int64_t *out);

/* Values are borrowed until the next step that ends the statement. */
void sql_bind_int(sqlite3_stmt *st, int at, int64_t v);
void sql_bind_text(sqlite3_stmt *st, int at, struct span s);
void sql_bind_null(sqlite3_stmt *st, int at);
/* NULL for an empty span or 0. */
void sql_bind_text_opt(sqlite3_stmt *st, int at, struct span s);
void sql_bind_int_opt(sqlite3_stmt *st, int at, int64_t v);
/* A number as its 13 characters, in memory of the caller. */
struct sql_id {
	char text[ID_TEXT_LEN + 1];
};
void sql_bind_id(sqlite3_stmt *st, int at, uint64_t id, struct sql_id *keep);

/* NULL gives 0 and the empty span. */
int64_t sql_column_int(sqlite3_stmt *st, int at);
/* A copy in mem; err sticks: *r becomes ERR_NO_MEMORY. */
struct span sql_column_text(sqlite3_stmt *st, int at, struct arena *mem, int *r);
/* Borrowed until the next step. */
struct span sql_column_view(sqlite3_stmt *st, int at);
/* 0 for what is no id. */
uint64_t sql_column_id(sqlite3_stmt *st, int at);

#endif
