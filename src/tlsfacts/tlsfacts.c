/* tlsfacts/tlsfacts.c - see tlsfacts.h. */
#include "tlsfacts/tlsfacts.h"

#include "base/clock.h"
#include "calls/tls.h"
#include "smalldb/smalldb.h"

static const char *const migrations[] = {
#include "tlsfacts/001_tls.sql.inc"
};

static const struct schema schema = {
	.what = "memory of TLS",
	.too_old = "remove it: it is learned again",
	.first = 1,
	.migrations = migrations,
	.n = N_ELEMS(migrations),
};

enum statement {
#define STATEMENT(name, text) ST_##name,
#include "tlsfacts/statements.def"
#undef STATEMENT
	STATEMENTS
};

static const char *const statements[] = {
#define STATEMENT(name, text) [ST_##name] = (text),
#include "tlsfacts/statements.def"
#undef STATEMENT
};

static const struct smalldb_kind kind = {
	.file = "tls.db",
	.thread = "tls memory",
	.schema = &schema,
	.pragmas = "PRAGMA wal_autocheckpoint = 100;",
	.statements = statements,
	.n_statements = STATEMENTS,
};

static struct smalldb db;

/* ---- on the worker's thread -------------------------------------------------------------- */

struct get {
	const struct tls_policy_get_args *args;
	struct arena *mem;
	struct tls_policy_get_reply *out;
};

static int run_get(void *arg)
{
	struct get *g = arg;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_POLICY_GET, &st), row;

	if (r < 0)
		return r;
	sql_bind_text(st, 1, g->args->domain);
	row = sql_step(st);
	if (row == 1) {
		g->out->id = sql_column_text(st, 0, g->mem, &r);
		g->out->text = sql_column_text(st, 1, g->mem, &r);
		g->out->fetched_ms = sql_column_int(st, 2);
		g->out->until_ms = sql_column_int(st, 3);
	}
	sql_reset(st);
	return row < 0 ? row : r;
}

static int run_put(void *arg)
{
	const struct tls_policy_put_args *a = arg;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_POLICY_PRUNE, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, clock_wall_time_ms());
	r = sql_run(st);
	if (r >= 0)
		r = smalldb_statement(&db, ST_POLICY_PUT, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, a->domain);
	sql_bind_text(st, 2, a->id);
	sql_bind_text(st, 3, a->text);
	sql_bind_int(st, 4, a->fetched_ms);
	sql_bind_int(st, 5, a->until_ms);
	return sql_run(st);
}

static int add_result(const struct tls_result *one)
{
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_RESULT_ADD, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, one->domain);
	sql_bind_text(st, 2, one->policy);
	sql_bind_text(st, 3, one->host);
	sql_bind_text(st, 4, one->result);
	sql_bind_int(st, 5, one->sessions);
	return sql_run(st);
}

static int run_add(void *arg)
{
	const struct tls_results_add_args *a = arg;
	sqlite3_stmt *st;
	int r = smalldb_begin(&db);

	for (size_t i = 0; r >= 0 && i < a->n_results; i++)
		r = add_result(&a->results[i]);
	if (r >= 0)
		r = smalldb_statement(&db, ST_RESULT_PRUNE, &st);
	if (r >= 0)
		r = sql_run(st);
	return smalldb_end(&db, r);
}

/* ---- calls --------------------------------------------------------------------------------- */

static WAITS int get_here(const struct tls_policy_get_args *args, struct arena *mem,
                          struct tls_policy_get_reply *out)
{
	struct get g = { args, mem, out };

	*out = (struct tls_policy_get_reply){ 0 };
	return smalldb_run(&db, run_get, &g); /* WAITS */
}

static WAITS int put_here(const struct tls_policy_put_args *args, struct arena *mem,
                          struct tls_policy_put_reply *out)
{
	struct tls_policy_put_args a = *args;
	int r = smalldb_run(&db, run_put, &a); /* WAITS */

	out->kept = r >= 0;
	return r;
}

static WAITS int add_here(const struct tls_results_add_args *args, struct arena *mem,
                          struct tls_results_add_reply *out)
{
	struct tls_results_add_args a = *args;
	int r = smalldb_run(&db, run_add, &a); /* WAITS */

	out->kept = r >= 0;
	return r;
}

int tlsfacts_start(const char *data_dir)
{
	int r = smalldb_open(&db, &kind, data_dir);

	if (r < 0)
		return r;
	tls_policy_get_serve(get_here);
	tls_policy_put_serve(put_here);
	tls_results_add_serve(add_here);
	return 0;
}

void tlsfacts_stop(void)
{
	tls_policy_get_serve(NULL);
	tls_policy_put_serve(NULL);
	tls_results_add_serve(NULL);
	smalldb_close(&db);
}
