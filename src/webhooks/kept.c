/* webhooks/kept.c - the file: endpoints, how far each has come, and their logs. */
#include <stdio.h>

#include "smalldb/smalldb.h"
#include "webhooks/wanted.h"
#include "webhooks/webhooks_impl.h"

enum { LOG_ROWS = 200, NAMES_MAX = 400 };

static const char *const migrations[] = {
#include "webhooks/001_webhooks.sql.inc"
};

static const struct schema schema = {
	.what = "webhooks",
	.too_old = "remove it: endpoints have to be named anew",
	.first = 1,
	.migrations = migrations,
	.n = N_ELEMS(migrations),
};

enum statement {
#define STATEMENT(name, text) ST_##name,
#include "webhooks/statements.def"
#undef STATEMENT
	STATEMENTS
};

static const char *const statements[] = {
#define STATEMENT(name, text) [ST_##name] = (text),
#include "webhooks/statements.def"
#undef STATEMENT
};

static const struct smalldb_kind kind = {
	.file = "webhooks.db",
	.thread = "webhooks",
	.schema = &schema,
	.pragmas = "PRAGMA wal_autocheckpoint = 100; PRAGMA max_page_count = 262144;", /* 1 GiB */
	.statements = statements,
	.n_statements = STATEMENTS,
	.is_record = true,
};

static struct smalldb db;

static void bind_secret(sqlite3_stmt *st, int at, const uint8_t secret[SIGN_SECRET_BYTES])
{
	sqlite3_bind_blob64(st, at, secret, SIGN_SECRET_BYTES, SQLITE_STATIC);
}

/* ---- all of them ---- */

static void read_secret(sqlite3_stmt *st, int at, uint8_t out[SIGN_SECRET_BYTES])
{
	struct span octets = sql_column_view(st, at);

	if (octets.n == SIGN_SECRET_BYTES)
		memcpy(out, octets.p, SIGN_SECRET_BYTES);
}

static int read_row(sqlite3_stmt *st)
{
	struct endpoint *e = endpoint_add((uint64_t)sql_column_int(st, 0), sql_column_view(st, 1),
	                                  sql_column_view(st, 2), sql_column_view(st, 4));

	if (!e)
		return err(ERR_NO_MEMORY, "no memory for an endpoint");
	if (wanted_states(sql_column_view(st, 3), &e->def.states) < 0)
		e->def.states = 0; /* a newer program's: more rather than less */
	read_secret(st, 5, e->def.secret);
	read_secret(st, 6, e->def.old_secret);
	e->def.old_until_ms = sql_column_int(st, 7);
	e->made_ms = sql_column_int(st, 8);
	e->is.enabled = sql_column_int(st, 9);
	struct span why = sql_column_view(st, 10);
	snprintf(e->is.why, sizeof e->is.why, "%.*s", SPAN_ARG(why));
	e->is.cursor = e->kept_cursor = (uint64_t)sql_column_int(st, 11);
	e->is.cursor_ms = sql_column_int(st, 12);
	e->is.failures = (uint32_t)sql_column_int(st, 13);
	e->is.failing_since_ms = sql_column_int(st, 14);
	e->is.next_ms = sql_column_int(st, 15);
	return 0;
}

/* Nobody else looks at the list yet. */
static int run_all(UNUSED void *arg)
{
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_ALL, &st);

	if (r < 0)
		return r;
	while (r >= 0 && (r = sql_step(st)) == 1)
		r = read_row(st);
	sql_reset(st);
	return r;
}

WAITS int kept_open(const char *data_dir)
{
	int r = smalldb_open(&db, &kind, data_dir);

	if (r >= 0)
		r = smalldb_run(&db, run_all, NULL); /* WAITS */
	if (r == ERR_CORRUPT)
		return err(r, "webhooks.db is damaged: bring it back from a backup, or remove it, "
		              "and endpoints have to be named anew");
	return r;
}

void kept_close(void)
{
	smalldb_close(&db);
}

/* ---- one ---- */

struct row {
	struct endpoint e; /* as it was when it was handed over */
	struct buf names;
};

static void bind_state(sqlite3_stmt *st, int at, const struct endpoint_state *is)
{
	sql_bind_int(st, at, is->enabled);
	sql_bind_text(st, at + 1, span_str(is->why));
	sql_bind_int(st, at + 2, (int64_t)is->cursor);
	sql_bind_int(st, at + 3, is->cursor_ms);
	sql_bind_int(st, at + 4, is->failures);
	sql_bind_int(st, at + 5, is->failing_since_ms);
	sql_bind_int(st, at + 6, is->next_ms);
}

static int run_put(void *arg)
{
	struct row *w = arg;
	const struct endpoint *e = &w->e;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_PUT, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)e->id);
	sql_bind_text(st, 2, span_str(e->account));
	sql_bind_text(st, 3, span_str(e->def.url));
	sql_bind_text(st, 4, buf_span(&w->names));
	sql_bind_text(st, 5, span_str(e->def.tags));
	bind_secret(st, 6, e->def.secret);
	bind_secret(st, 7, e->def.old_secret);
	sql_bind_int(st, 8, e->def.old_until_ms);
	sql_bind_int(st, 9, e->made_ms);
	bind_state(st, 10, &e->is);
	return sql_run(st);
}

WAITS int kept_put(const struct endpoint *e)
{
	struct row w = { .e = *e, .names = BUF(NAMES_MAX) };
	const char *name;
	uint8_t at = 0;

	while (wanted_next(e->def.states, &at, &name))
		buf_printf(&w.names, "%s%s", w.names.n ? "," : "", name);
	int r = w.names.err ? w.names.err : smalldb_run(&db, run_put, &w); /* WAITS */
	buf_fini(&w.names);
	return r;
}

static int run_with(enum statement which, uint64_t id)
{
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, which, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)id);
	return sql_run(st);
}

static int run_remove(void *arg)
{
	const uint64_t *id = arg;
	int r = smalldb_begin(&db);

	if (r < 0)
		return r;
	r = run_with(ST_REMOVE, *id);
	if (r >= 0)
		r = run_with(ST_FORGET, *id);
	return smalldb_end(&db, r);
}

WAITS int kept_remove(uint64_t id)
{
	return smalldb_run(&db, run_remove, &id); /* WAITS */
}

struct reached {
	uint64_t id, cursor;
	int64_t cursor_ms;
};

static int run_reached(void *arg)
{
	const struct reached *w = arg;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_REACHED, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)w->id);
	sql_bind_int(st, 2, (int64_t)w->cursor);
	sql_bind_int(st, 3, w->cursor_ms);
	return sql_run(st);
}

WAITS int kept_reached(uint64_t id, uint64_t cursor, int64_t cursor_ms)
{
	struct reached w = { id, cursor, cursor_ms };

	return smalldb_run(&db, run_reached, &w); /* WAITS */
}

/* ---- the log ---- */

struct logged {
	uint64_t id;
	const struct endpoint_state *is;
	const struct attempt *a;
};

static int put_attempt(const struct logged *w)
{
	const struct attempt *a = w->a;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_LOG, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)w->id);
	sql_bind_int(st, 2, a->time_ms);
	sql_bind_text(st, 3, a->kind);
	sql_bind_int(st, 4, (int64_t)a->seq);
	sql_bind_text(st, 5, a->webhook_id);
	sql_bind_int(st, 6, a->status);
	sql_bind_text(st, 7, a->words);
	sql_bind_text(st, 8, a->answer);
	sql_bind_int(st, 9, a->elapsed_ms);
	sql_bind_int(st, 10, a->next_ms);
	r = sql_run(st);
	if (r >= 0)
		r = smalldb_statement(&db, ST_PRUNE, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)w->id);
	sql_bind_int(st, 2, LOG_ROWS);
	return sql_run(st);
}

static int put_state(const struct logged *w)
{
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_STATE, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)w->id);
	bind_state(st, 2, w->is);
	return sql_run(st);
}

static int run_log(void *arg)
{
	const struct logged *w = arg;
	int r = smalldb_begin(&db);

	if (r < 0)
		return r;
	r = put_attempt(w);
	if (r >= 0 && w->is)
		r = put_state(w);
	return smalldb_end(&db, r);
}

WAITS int kept_log(uint64_t id, const struct endpoint_state *is, const struct attempt *a)
{
	struct endpoint_state copy = is ? *is : (struct endpoint_state){ 0 };
	struct logged w = { id, is ? &copy : NULL, a };

	return smalldb_run(&db, run_log, &w); /* WAITS */
}

struct page {
	uint64_t id, before;
	size_t max, n;
	struct arena *mem;
	struct attempt *rows;
};

static int read_attempt(sqlite3_stmt *st, struct arena *mem, struct attempt *out)
{
	int r = 0;

	*out = (struct attempt){ .number = (uint64_t)sql_column_int(st, 0),
		                 .time_ms = sql_column_int(st, 1),
		                 .kind = sql_column_text(st, 2, mem, &r),
		                 .seq = (uint64_t)sql_column_int(st, 3),
		                 .webhook_id = sql_column_text(st, 4, mem, &r),
		                 .status = (uint16_t)sql_column_int(st, 5),
		                 .words = sql_column_text(st, 6, mem, &r),
		                 .answer = sql_column_text(st, 7, mem, &r),
		                 .elapsed_ms = sql_column_int(st, 8),
		                 .next_ms = sql_column_int(st, 9) };
	return r;
}

static int run_attempts(void *arg)
{
	struct page *p = arg;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_ATTEMPTS, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)p->id);
	sql_bind_int(st, 2, (int64_t)(p->before ? p->before : INT64_MAX));
	sql_bind_int(st, 3, (int64_t)p->max);
	while (r >= 0 && p->n < p->max && (r = sql_step(st)) == 1)
		r = read_attempt(st, p->mem, &p->rows[p->n++]);
	sql_reset(st);
	return r < 0 ? r : 0;
}

WAITS int kept_attempts(uint64_t id, uint64_t before, size_t max, struct arena *mem,
                        struct attempt **out, size_t *n)
{
	struct page p = { .id = id,
		          .before = before < INT64_MAX ? before : 0,
		          .max = max,
		          .mem = mem,
		          .rows = arena_array(mem, struct attempt, max) };

	if (!p.rows)
		return err(ERR_NO_MEMORY, "no memory for %zu attempts", max);
	int r = smalldb_run(&db, run_attempts, &p); /* WAITS */
	*out = p.rows;
	*n = p.n;
	return r;
}
