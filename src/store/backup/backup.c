/* store/backup/backup.c - see backup.h. */
#include "store/backup/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/backup/files.h"
#include "store/journal/file.h"
#include "store/journal/segfile.h"
#include "store/ledger/sql.h"
#include "store/store.h"

enum { PATH_BYTES = 4096 };

/* ---- databases ---- */

static int path_of(const char *dir, const char *name, struct buf *out)
{
	buf_printf(out, "%s/%s", dir, name);
	return buf_str(out) ? 0 : err(ERR_TOO_LONG, "the path of %s is too long", name);
}

/* One moment of it, whoever writes meanwhile. */
static int copy_pages(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int code = b ? sqlite3_backup_step(b, -1) : sqlite3_errcode(to);
	int end = b ? sqlite3_backup_finish(b) : SQLITE_OK;

	return code == SQLITE_DONE && end == SQLITE_OK
	               ? 0
	               : sql_fault(to, code == SQLITE_DONE ? end : code);
}

static int own(struct copy_dirs at, const char *name)
{
	struct stat st;

	if (fstatat(at.from, name, &st, 0) < 0)
		return err_errno(ERR_IO, "cannot look at %s", name);
	if (fchmodat(at.to, name, 0600, 0) < 0 ||
	    (geteuid() == 0 && fchownat(at.to, name, st.st_uid, st.st_gid, 0) < 0))
		return err_errno(ERR_IO, "cannot give %s its owner", name);
	return 0;
}

/* With what SQLite opens beside it. */
static int look_at(struct copy_dirs at, const char *name)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char file[64];
	int r = 0;

	for (size_t i = 0; i < N_ELEMS(ends) && r >= 0; i++) {
		snprintf(file, sizeof file, "%s%s", name, ends[i]);
		r = copy_look(at.from, file);
		if (r == ERR_NOT_FOUND && i)
			r = 0;
	}
	return r;
}

static int copy_database(struct store_copy *c, struct copy_dirs at, const char *name)
{
	AUTO_BUF from_path = BUF(PATH_BYTES), to_path = BUF(PATH_BYTES);
	sqlite3 *from = NULL, *to = NULL;
	int r = look_at(at, name);

	if (r >= 0)
		r = path_of(c->from, name, &from_path);
	if (r >= 0)
		r = path_of(c->to, name, &to_path);
	if (r >= 0)
		r = sql_open(buf_str(&from_path), SQL_READ, &from);
	if (r >= 0)
		r = sql_open(buf_str(&to_path), SQL_WRITE, &to);
	if (r >= 0)
		r = copy_pages(from, to);
	sql_close(to);
	sql_close(from);
	if (r < 0)
		return err(r, "%s: %s", name, err_str(r));
	c->n_files++;
	r = own(at, name);
	return r >= 0 && c->turn ? c->turn(c, c->arg) : r;
}

/* ---- the rest ---- */

static bool is_mail(struct span name)
{
	return !span_ends_nocase(name, SPAN(".new"));
}

static bool is_any(UNUSED struct span name)
{
	return true;
}

/* What stands beside those directories, but what a database is while it is open, the lock, and the
 * indexes of texts, which are made again. */
static bool is_other(struct span name)
{
	static const struct span not [] = { SPAN("lock"), SPAN("journal"), SPAN("blobs"),
		                            SPAN("mail"), SPAN("index") };

	for (size_t i = 0; i < N_ELEMS(not ); i++)
		if (span_eq(name, not [i]))
			return false;
	return !span_ends_nocase(name, SPAN(".db")) && !span_ends_nocase(name, SPAN(".db-wal")) &&
	       !span_ends_nocase(name, SPAN(".db-shm"));
}

static int copy_below(struct store_copy *c, struct copy_dirs at, const char *name, unsigned depth,
                      bool (*wanted)(struct span name))
{
	struct copy_dirs d;
	int r = copy_dirs_open(at, name, &d);

	if (r < 0)
		return r == ERR_NOT_FOUND ? 0 : r;
	r = copy_tree(c, d, depth, wanted);
	copy_dirs_close(&d);
	return r;
}

/* From the newest on: what a segment says of the one before it is known only once that is whole. */
static int copy_segments(struct store_copy *c, struct copy_dirs d)
{
	struct segfile *all = NULL;
	size_t n = 0;
	int r = segfile_list(d.from, &all, &n);

	while (r >= 0 && n-- > 0) {
		char name[SEGFILE_NAME_BYTES];

		segfile_name(all[n].number, "seg", name);
		if (!all[n].spare)
			r = copy_file(c, d, name);
	}
	free(all);
	return r;
}

static int copy_journal(struct store_copy *c, struct copy_dirs at)
{
	struct copy_dirs d;
	int r = copy_dirs_open(at, "journal", &d);

	if (r < 0)
		return r;
	r = copy_segments(c, d);
	copy_dirs_close(&d);
	return r;
}

/* Who is who, and what accounts have set. */
static int copy_records(struct store_copy *c, struct copy_dirs at)
{
	static const char *const names[] = { "directory.db", "suppressions.db", "kit.db",
		                             "webhooks.db" };
	int r = 0;

	for (size_t i = 0; i < N_ELEMS(names) && r >= 0; i++)
		if (faccessat(at.from, names[i], F_OK, 0) == 0)
			r = copy_database(c, at, names[i]);
	return r;
}

/* What was learned of others.  No mail hangs on it: one that is damaged the server makes anew, so
 * it is left out. */
static int copy_memories(struct store_copy *c, struct copy_dirs at)
{
	static const char *const names[] = { "learned.db", "tls.db", "greylist.db", "debts.db" };
	int r = 0;

	for (size_t i = 0; i < N_ELEMS(names) && r >= 0; i++) {
		if (faccessat(at.from, names[i], F_OK, 0) < 0)
			continue;
		r = copy_database(c, at, names[i]);
		if (r == ERR_CORRUPT)
			r = unlinkat(at.to, names[i], 0) < 0 && errno != ENOENT
			            ? err_errno(ERR_IO, "cannot remove %s", names[i])
			            : 0;
	}
	return r;
}

static int copy_all(struct store_copy *c, struct copy_dirs at)
{
	int r = copy_database(c, at, "ledger.db");

	if (r >= 0)
		r = copy_records(c, at);
	if (r >= 0)
		r = copy_memories(c, at);
	if (r >= 0)
		r = copy_below(c, at, "mail", 2, is_mail);
	if (r >= 0)
		r = copy_journal(c, at);
	if (r >= 0)
		r = copy_below(c, at, "blobs", 1, is_any);
	if (r >= 0)
		r = copy_tree(c, at, 0, is_other);
	return r;
}

/* ---- both ---- */

static int open_from(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(ERR_IO, "cannot open %s", path);
	if (faccessat(fd, "journal", F_OK, 0) == 0 && faccessat(fd, "ledger.db", F_OK, 0) == 0)
		return fd;
	close(fd);
	return err(ERR_NOT_FOUND, "%s is no data directory, nor a backup of one", path);
}

static int open_to(const char *path)
{
	int fd = file_dir_open(AT_FDCWD, path);
	int r = fd < 0 ? fd : file_dir_has_some(fd);

	if (r == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return r < 0 ? r : err(ERR_EXISTS, "%s is not empty", path);
}

static int sync_all(int fd, const char *path)
{
	return syncfs(fd) < 0 ? err_errno(ERR_IO, "cannot sync %s", path) : file_sync(fd);
}

/* marker: a file that the copy gets besides, once all is there; NULL: none. */
static int copy(struct store_copy *c, const char *marker)
{
	struct copy_dirs at = { .from = open_from(c->from), .to = -1 };
	int r = at.from;

	if (r >= 0)
		r = at.to = open_to(c->to);
	if (r >= 0)
		r = copy_all(c, at);
	if (r >= 0 && marker) {
		AUTO_FD int fd = openat(at.to, marker, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		r = fd < 0 ? err_errno(ERR_IO, "cannot make %s", marker) : 0;
	}
	if (r >= 0)
		r = sync_all(at.to, c->to);
	copy_dirs_close(&at);
	return r < 0 ? r : 0;
}

int store_backup(struct store_copy *c)
{
	return copy(c, NULL);
}

int store_restore(struct store_copy *c)
{
	return copy(c, STORE_RESTORED);
}
