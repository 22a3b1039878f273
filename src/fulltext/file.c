/* fulltext/file.c - see file.h: the tables, and what goes into them. */
#include "fulltext/file_impl.h"
#include "fulltext/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

static const char tables[] =
        "BEGIN;"
        "CREATE TABLE place (mailbox INTEGER PRIMARY KEY, uid INTEGER NOT NULL,"
        " modseq INTEGER NOT NULL) STRICT;"
        "CREATE TABLE doc (id INTEGER PRIMARY KEY, message INTEGER NOT NULL,"
        " recipient INTEGER NOT NULL, size INTEGER NOT NULL, text BLOB NOT NULL) STRICT;"
        "CREATE UNIQUE INDEX doc_of ON doc (message, recipient);"
        "CREATE TABLE entry (mailbox INTEGER NOT NULL, uid INTEGER NOT NULL, doc INTEGER NOT NULL,"
        " PRIMARY KEY (mailbox, uid)) STRICT, WITHOUT ROWID;"
        "CREATE INDEX entry_doc ON entry (doc);"
        "CREATE VIRTUAL TABLE text USING fts5 (folded, content = '', detail = none,"
        " columnsize = 0, tokenize = 'trigram case_sensitive 1');"
        "INSERT INTO text (text, rank) VALUES ('hashsize', 4194304);"
        "PRAGMA user_version = 2;"
        "COMMIT;";
_Static_assert(FULLTEXT_FORMAT == 2, "user_version above is the format");

static int begin(struct fulltext_file *f, const char *path)
{
	int64_t version = 0;
	int r = sql_open_by(pages_vfs(), PAGES_RESERVE, path, SQL_WRITE, &f->db);

	if (r >= 0)
		r = sql_exec(f->db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -2000;"
		                    "PRAGMA wal_autocheckpoint = 1000;");
	if (r >= 0)
		r = sql_value(f->db, "PRAGMA user_version", &version);
	if (r >= 0 && version != 0 && version != FULLTEXT_FORMAT)
		return err(ERR_CORRUPT, "an index of format %jd", (intmax_t)version);
	return r >= 0 && !version ? sql_exec(f->db, tables) : r;
}

int fulltext_file_open(const char *path, struct fulltext_file **out)
{
	struct fulltext_file *f = calloc(1, sizeof *f);

	if (!f)
		return err(ERR_NO_MEMORY, "no memory for an index");
	int r = begin(f, path);
	if (r < 0) {
		fulltext_file_close(f);
		return r;
	}
	*out = f;
	return 0;
}

void fulltext_file_close(struct fulltext_file *f)
{
	if (!f)
		return;
	/* Not sql_close: FTS5 has statements of its own in the connection, and ends them itself. */
	for (size_t i = 0; i < FULLTEXT_N_STATEMENTS; i++)
		sqlite3_finalize(f->st[i]);
	sqlite3_close(f->db);
	free(f);
}

void fulltext_file_remove(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char name[1024];

	for (size_t i = 0; i < N_ELEMS(ends); i++)
		if (snprintf(name, sizeof name, "%s%s", path, ends[i]) < (int)sizeof name)
			unlink(name);
}

int fulltext_statement(struct fulltext_file *f, enum fulltext_statement which, sqlite3_stmt **out)
{
	static const char *const texts[] = {
#define STATEMENT(name, text) [FULLTEXT_##name] = (text),
#include "fulltext/statements.def"
#undef STATEMENT
	};
	int r = f->st[which] ? 0 : sql_prepare(f->db, texts[which], &f->st[which]);

	if (r >= 0)
		*out = f->st[which];
	return r;
}

int fulltext_begin(struct fulltext_file *f)
{
	return sql_exec(f->db, "BEGIN");
}

int fulltext_end(struct fulltext_file *f, int r)
{
	if (r >= 0)
		r = sql_exec(f->db, "COMMIT");
	if (r < 0)
		sql_rollback(f->db);
	return r;
}

/* Runs a statement of numbers alone. */
static int run(struct fulltext_file *f, enum fulltext_statement which, size_t n, const int64_t *v)
{
	sqlite3_stmt *st;
	int r = fulltext_statement(f, which, &st);

	for (size_t i = 0; r >= 0 && i < n; i++)
		sql_bind_int(st, (int)i + 1, v[i]);
	return r < 0 ? r : sql_run(st);
}

/* 1 and its first column. */
static int ask(struct fulltext_file *f, enum fulltext_statement which, int64_t a, int64_t b,
               int64_t *out)
{
	sqlite3_stmt *st;
	int r = fulltext_statement(f, which, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, a);
	if (sqlite3_bind_parameter_count(st) > 1)
		sql_bind_int(st, 2, b);
	r = sql_step(st);
	if (r == 1)
		*out = sql_column_int(st, 0);
	sql_reset(st);
	return r;
}

/* ---- places ---- */

int fulltext_places(struct fulltext_file *f, struct arena *mem, struct fulltext_place **out,
                    size_t *n)
{
	struct fulltext_place *all = NULL;
	size_t room = 0;
	sqlite3_stmt *st;
	int r = fulltext_statement(f, FULLTEXT_PLACES, &st);

	for (*n = 0; r >= 0 && (r = sql_step(st)) == 1; (*n)++) {
		if (*n == room) {
			room = room ? 2 * room : 16;
			struct fulltext_place *more = arena_array(mem, struct fulltext_place, room);
			if (!more) {
				sql_reset(st);
				return err(ERR_NO_MEMORY, "no memory for an index's places");
			}
			if (*n)
				memcpy(more, all, *n * sizeof *all);
			all = more;
		}
		all[*n] = (struct fulltext_place){ (uint32_t)sql_column_int(st, 0),
			                           (uint32_t)sql_column_int(st, 1),
			                           (uint64_t)sql_column_int(st, 2) };
	}
	*out = all;
	return r;
}

int fulltext_settle(struct fulltext_file *f, const struct fulltext_place *p)
{
	const int64_t v[] = { p->mailbox, p->uid, (int64_t)p->modseq };

	return run(f, FULLTEXT_SETTLE, N_ELEMS(v), v);
}

int fulltext_forget(struct fulltext_file *f, uint32_t mailbox)
{
	const int64_t v[] = { mailbox };

	return run(f, FULLTEXT_FORGET, N_ELEMS(v), v);
}

/* ---- docs and entries ---- */

int fulltext_doc(struct fulltext_file *f, uint64_t message, uint32_t recipient, int64_t *doc)
{
	return ask(f, FULLTEXT_DOC, (int64_t)message, recipient, doc);
}

/* FTS5 asks for the text again when it is to leave. */
static int keep_text(sqlite3_stmt *st, struct span text)
{
	uLongf n = compressBound(text.n);
	unsigned char *packed = malloc(n);

	if (!packed || compress2(packed, &n, (const unsigned char *)text.p, text.n, 1) != Z_OK) {
		free(packed);
		return err(ERR_NO_MEMORY, "no memory to compress a text");
	}
	sqlite3_bind_blob64(st, 4, packed, n, SQLITE_STATIC);
	int r = sql_run(st);
	sqlite3_clear_bindings(st);
	free(packed);
	return r;
}

int fulltext_doc_add(struct fulltext_file *f, uint64_t message, uint32_t recipient,
                     struct span text, int64_t *doc)
{
	sqlite3_stmt *st;
	int r = fulltext_statement(f, FULLTEXT_DOC_ADD, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)message);
	sql_bind_int(st, 2, recipient);
	sql_bind_int(st, 3, (int64_t)text.n);
	r = keep_text(st, text);
	int64_t id = sqlite3_last_insert_rowid(f->db);
	if (r >= 0)
		r = fulltext_statement(f, FULLTEXT_TEXT_ADD, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, id);
	sql_bind_text(st, 2, text);
	r = sql_run(st);
	sqlite3_clear_bindings(st);
	if (r >= 0)
		*doc = id;
	return r;
}

int fulltext_entry_add(struct fulltext_file *f, uint32_t mailbox, uint32_t uid, int64_t doc)
{
	const int64_t v[] = { mailbox, uid, doc };

	return run(f, FULLTEXT_ENTRY_ADD, N_ELEMS(v), v);
}

static int forget_text(struct fulltext_file *f, int64_t doc, struct span text)
{
	sqlite3_stmt *st;
	int r = fulltext_statement(f, FULLTEXT_TEXT_REMOVE, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, doc);
	sql_bind_text(st, 2, text);
	r = sql_run(st);
	sqlite3_clear_bindings(st);
	return r;
}

static int unpack_text(sqlite3_stmt *st, struct buf *out)
{
	size_t size = (size_t)sql_column_int(st, 0);
	uLongf n = size;
	const unsigned char *packed = sqlite3_column_blob(st, 1);

	if (buf_reserve(out, size + 1) < 0)
		return err(ERR_CORRUPT, "an index has a text of %zu octets", size);
	if (!packed ||
	    uncompress((unsigned char *)out->p, &n, packed, (uLong)sqlite3_column_bytes(st, 1)) !=
	            Z_OK ||
	    n != size)
		return err(ERR_CORRUPT, "an index has a text that is damaged");
	out->n = size;
	return 0;
}

static int remove_doc(struct fulltext_file *f, int64_t doc)
{
	AUTO_BUF text = BUF(16 << 20);
	const int64_t v[] = { doc };
	sqlite3_stmt *st;
	int r = fulltext_statement(f, FULLTEXT_DOC_TEXT, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, doc);
	r = sql_step(st);
	if (r == 1)
		r = unpack_text(st, &text);
	else if (r == 0)
		r = err(ERR_CORRUPT, "an index lacks a text that an entry has");
	sql_reset(st);
	if (r >= 0)
		r = forget_text(f, doc, buf_span(&text));
	return r < 0 ? r : run(f, FULLTEXT_DOC_REMOVE, N_ELEMS(v), v);
}

static int remove_entry(struct fulltext_file *f, uint32_t mailbox, uint32_t uid, int64_t doc)
{
	const int64_t v[] = { mailbox, uid };
	int64_t used;
	int r = run(f, FULLTEXT_ENTRY_REMOVE, N_ELEMS(v), v);

	if (r >= 0)
		r = ask(f, FULLTEXT_DOC_USES, doc, 0, &used);
	return r ? (r < 0 ? r : 0) : remove_doc(f, doc);
}

int fulltext_gone(struct fulltext_file *f, uint32_t mailbox, uint32_t first, uint32_t last, int max)
{
	sqlite3_stmt *st;
	int r = fulltext_statement(f, FULLTEXT_ENTRIES, &st);

	for (int i = 0; r >= 0 && i < max; i++) {
		sql_bind_int(st, 1, mailbox);
		sql_bind_int(st, 2, first);
		sql_bind_int(st, 3, last);
		sql_bind_int(st, 4, 1);
		r = sql_step(st);
		if (r != 1)
			return r;
		uint32_t uid = (uint32_t)sql_column_int(st, 0);
		int64_t doc = sql_column_int(st, 1);
		sql_reset(st);
		r = remove_entry(f, mailbox, uid, doc);
	}
	return r < 0 ? r : 1;
}
