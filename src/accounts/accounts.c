/* accounts/accounts.c - the database, opened and asked; see accounts.h. */
#include "accounts/accounts_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/ledger/schema.h"

static const char *const migrations[] = {
#include "accounts/001_directory.sql.inc"
#include "accounts/002_index.sql.inc"
#include "accounts/003_removed.sql.inc"
#include "accounts/004_defence.sql.inc"
#include "accounts/005_dkim.sql.inc"
#include "accounts/006_sending.sql.inc"
#include "accounts/007_keys.sql.inc"
#include "accounts/008_operator_keys.sql.inc"
};

static const struct schema schema = {
	.what = "directory",
	.too_old = "let the program that wrote it bring it up to date",
	.first = 1,
	.migrations = migrations,
	.n = N_ELEMS(migrations),
};

/* Hashes and keys are in it: for its owner alone.  SQLite gives the files beside it the same mode.
 */
static int make_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == ENOSPC ? err(ERR_NO_SPACE, "no space for %s", path)
		                       : err_errno(ERR_IO, "cannot open %s", path);
	close(fd);
	return 0;
}

static int begin(struct accounts *db, const char *path)
{
	int r = make_private(path);
	if (r >= 0)
		r = sql_open(path, SQL_WRITE, &db->db);
	if (r >= 0)
		r = sql_exec(db->db, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
		                     "PRAGMA wal_autocheckpoint = 1000;");
	return r < 0 ? r : schema_migrate(&schema, db->db);
}

int accounts_open(const char *data_dir, struct accounts **out)
{
	struct accounts *db = calloc(1, sizeof *db);
	char *path = NULL;
	if (!db || asprintf(&path, "%s/directory.db", data_dir) < 0) {
		free(db);
		return err(ERR_NO_MEMORY, "no memory for the directory");
	}
	int r = begin(db, path);
	free(path);
	if (r < 0) {
		accounts_close(db);
		return r;
	}
	*out = db;
	return 0;
}

void accounts_close(struct accounts *db)
{
	if (db)
		sql_close(db->db);
	free(db);
}

int accounts_statement(struct accounts *db, enum accounts_statement which, sqlite3_stmt **out)
{
	static const char *const texts[] = {
#define STATEMENT(name, text) [ACCOUNTS_##name] = (text),
#include "accounts/statements.def"
#undef STATEMENT
	};
	int r = db->st[which] ? 0 : sql_prepare(db->db, texts[which], &db->st[which]);
	if (r >= 0)
		*out = db->st[which];
	return r;
}

static int number(sqlite3_stmt *st, int64_t *out)
{
	int r = sql_step(st);
	if (r == 1 && sqlite3_column_type(st, 0) != SQLITE_NULL)
		*out = sql_column_int(st, 0);
	else if (r >= 0)
		r = ERR_NOT_FOUND;
	sql_reset(st);
	return r < 0 ? r : 0;
}

int accounts_number(struct accounts *db, enum accounts_statement which, struct span key,
                    int64_t *out)
{
	sqlite3_stmt *st;
	int r = accounts_statement(db, which, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, key);
	return number(st, out);
}

int accounts_count(struct accounts *db, enum accounts_statement which, int64_t key, int64_t *out)
{
	sqlite3_stmt *st;
	int r = accounts_statement(db, which, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, key);
	return number(st, out);
}
