/* store/ledger/sql.c - see sql.h. */
#include "store/ledger/sql.h"

enum { BUSY_MS = 5000 };

static int code_of(int sqlite)
{
	switch (sqlite & 0xff) {
	case SQLITE_FULL: return ERR_NO_SPACE;
	case SQLITE_NOMEM: return ERR_NO_MEMORY;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return ERR_UNAVAILABLE;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return ERR_CORRUPT;
	case SQLITE_ERROR:
	case SQLITE_MISUSE:
	case SQLITE_RANGE: return ERR_BUG;
	default: return ERR_IO;
	}
}

int sql_fault(sqlite3 *db, int sqlite)
{
	return err(code_of(sqlite), "ledger: %s", db ? sqlite3_errmsg(db) : sqlite3_errstr(sqlite));
}

/* message_number(id): the number that the 13 characters are; NULL when they are none. */
static void message_number(sqlite3_context *c, int n, sqlite3_value **v)
{
	uint64_t number;
	struct span text = { (const char *)sqlite3_value_text(v[0]), 0 };
	text.n = text.p ? (size_t)sqlite3_value_bytes(v[0]) : 0;
	(void)n;
	if (id_parse(text, &number) == 0)
		sqlite3_result_int64(c, (sqlite3_int64)number);
}

int sql_open(const char *path, enum sql_mode mode, sqlite3 **out)
{
	return sql_open_by(NULL, 0, path, mode, out);
}

int sql_open_by(const char *vfs, int reserve, const char *path, enum sql_mode mode, sqlite3 **out)
{
	int flags = mode == SQL_READ ? SQLITE_OPEN_READONLY
	                             : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	sqlite3 *db = NULL;
	int e = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, vfs);
	if (e != SQLITE_OK) {
		e = sql_fault(db, e);
		sqlite3_close(db);
		return e;
	}
	if (reserve)
		sqlite3_file_control(db, NULL, SQLITE_FCNTL_RESERVE_BYTES, &reserve);
	sqlite3_extended_result_codes(db, 1);
	sqlite3_create_function(db, "message_number", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
	                        message_number, NULL, NULL);
	sqlite3_busy_timeout(db, BUSY_MS);
	int r = sql_exec(db, mode == SQL_WRITE
	                             ? "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000;"
	                             : "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4000;");
	if (r >= 0 && mode == SQL_WRITE)
		r = sql_exec(
		        db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		            "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 33554432;");
	if (r < 0) {
		sql_close(db);
		return r;
	}
	*out = db;
	return 0;
}

void sql_close(sqlite3 *db)
{
	sqlite3_stmt *st;
	while (db && (st = sqlite3_next_stmt(db, NULL)))
		sqlite3_finalize(st);
	sqlite3_close(db);
}

int sql_exec(sqlite3 *db, const char *statements)
{
	int e = sqlite3_exec(db, statements, NULL, NULL, NULL);
	return e == SQLITE_OK ? 0 : sql_fault(db, e);
}

void sql_rollback(sqlite3 *db)
{
	if (!sqlite3_get_autocommit(db))
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

int sql_prepare(sqlite3 *db, const char *statement, sqlite3_stmt **out)
{
	int e = sqlite3_prepare_v3(db, statement, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
	return e == SQLITE_OK ? 0 : sql_fault(db, e);
}

int sql_step(sqlite3_stmt *st)
{
	int e = sqlite3_step(st);
	if (e == SQLITE_ROW)
		return 1;
	int r = e == SQLITE_DONE ? 0 : sql_fault(sqlite3_db_handle(st), e);
	sqlite3_reset(st);
	return r;
}

int sql_run(sqlite3_stmt *st)
{
	int r = sql_step(st);
	if (r == 1)
		sqlite3_reset(st);
	return r < 0 ? r : 0;
}

void sql_reset(sqlite3_stmt *st)
{
	sqlite3_reset(st);
}

int sql_value(sqlite3 *db, const char *statement, int64_t *out)
{
	sqlite3_stmt *st;
	int r = sql_prepare(db, statement, &st);
	if (r < 0)
		return r;
	r = sql_step(st);
	if (r == 1)
		*out = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return r == 0 ? err(ERR_CORRUPT, "ledger: a row is missing") : r < 0 ? r : 0;
}

/* A borrowed value takes no memory, so binding cannot fail. */
void sql_bind_int(sqlite3_stmt *st, int at, int64_t v)
{
	sqlite3_bind_int64(st, at, v);
}

void sql_bind_text(sqlite3_stmt *st, int at, struct span s)
{
	sqlite3_bind_text64(st, at, s.p ? s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8);
}

void sql_bind_null(sqlite3_stmt *st, int at)
{
	sqlite3_bind_null(st, at);
}

void sql_bind_text_opt(sqlite3_stmt *st, int at, struct span s)
{
	if (s.n)
		sql_bind_text(st, at, s);
	else
		sqlite3_bind_null(st, at);
}

void sql_bind_int_opt(sqlite3_stmt *st, int at, int64_t v)
{
	if (v)
		sqlite3_bind_int64(st, at, v);
	else
		sqlite3_bind_null(st, at);
}

void sql_bind_id(sqlite3_stmt *st, int at, uint64_t id, struct sql_id *keep)
{
	id_print(id, keep->text);
	sql_bind_text(st, at, span_make(keep->text, ID_TEXT_LEN));
}

int64_t sql_column_int(sqlite3_stmt *st, int at)
{
	return sqlite3_column_int64(st, at);
}

struct span sql_column_view(sqlite3_stmt *st, int at)
{
	const unsigned char *p = sqlite3_column_text(st, at);
	return span_make(p, p ? (size_t)sqlite3_column_bytes(st, at) : 0);
}

struct span sql_column_text(sqlite3_stmt *st, int at, struct arena *mem, int *r)
{
	struct span copy = { 0 };
	if (*r >= 0)
		*r = arena_copy(mem, sql_column_view(st, at), &copy);
	return copy;
}

uint64_t sql_column_id(sqlite3_stmt *st, int at)
{
	uint64_t id;
	return id_parse(sql_column_view(st, at), &id) < 0 ? 0 : id;
}
