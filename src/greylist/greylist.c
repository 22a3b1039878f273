/* greylist/greylist.c - see greylist.h. */
#include "greylist/greylist.h"

#include "base/clock.h"
#include "calls/greylist.h"
#include "smalldb/smalldb.h"

static const char *const migrations[] = {
#include "greylist/001_greylist.sql.inc"
};

static const struct schema schema = {
	.what = "memory of who has come before",
	.too_old = "remove it: it is learned again",
	.first = 1,
	.migrations = migrations,
	.n = N_ELEMS(migrations),
};

enum statement {
#define STATEMENT(name, text) ST_##name,
#include "greylist/statements.def"
#undef STATEMENT
	STATEMENTS
};

static const char *const statements[] = {
#define STATEMENT(name, text) [ST_##name] = (text),
#include "greylist/statements.def"
#undef STATEMENT
};

static const struct smalldb_kind kind = {
	.file = "greylist.db",
	.thread = "greylist",
	.schema = &schema,
	.pragmas = "PRAGMA wal_autocheckpoint = 100; PRAGMA max_page_count = 65536;", /* 256 MiB */
	.statements = statements,
	.n_statements = STATEMENTS,
};

enum {
	SLACK_PART = 64, /* of greylist_life */
	PRUNE_ROWS = 1000,
	PRUNE_PAUSE_MS = 200,
	PRUNE_MS = 60 * 1000,
};

static struct {
	const struct settings *set;
	struct smalldb db;
	int64_t prune_at_ms;
} self;

/* ---- on the worker's thread -------------------------------------------------------------- */

struct question {
	const struct greylist_ask_args *a;
	int64_t now_ms, wait_ms;
};

static int statement(enum statement which, const struct question *q, sqlite3_stmt **out)
{
	int r = smalldb_statement(&self.db, which, out);

	if (r < 0)
		return r;
	if (which != ST_PRUNE && which != ST_PRUNE_CLIENTS)
		sql_bind_text(*out, 1, q->a->client);
	if (which == ST_FIND || which == ST_NEW || which == ST_PASS) {
		sql_bind_text(*out, 2, q->a->sender);
		sql_bind_text(*out, 3, q->a->recipient);
	}
	return 0;
}

/* How long somebody who comes now is remembered; a little longer than promised, so that who comes
 * often is written down once in that little. */
static int64_t until_ms(const struct question *q)
{
	int64_t life_ms = self.set->defence_greylist_life;

	return q->now_ms + life_ms + life_ms / SLACK_PART;
}

static bool is_due(const struct question *q, int64_t known_until_ms)
{
	int64_t life_ms = self.set->defence_greylist_life;

	return known_until_ms < q->now_ms + life_ms ||
	       known_until_ms > until_ms(q); /* the clock was set back */
}

/* RFC 6647 5: who has shown often enough that he comes again waits no more. */
static int is_known(const struct question *q)
{
	sqlite3_stmt *st;
	int r = self.set->defence_greylist_known ? statement(ST_KNOWN, q, &st) : 1;

	if (r)
		return r < 0 ? r : false;
	sql_bind_int(st, 2, self.set->defence_greylist_known);
	sql_bind_int(st, 3, q->now_ms);
	int known = sql_step(st);
	bool due = known > 0 && is_due(q, sql_column_int(st, 0));
	sql_reset(st);
	if (!due || q->a->looks)
		return known;
	r = statement(ST_STAYS_KNOWN, q, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 2, until_ms(q));
	r = sql_run(st);
	return r < 0 ? r : known;
}

static int add(struct question *q)
{
	sqlite3_stmt *st;
	int r = statement(ST_NEW, q, &st);

	if (r < 0)
		return r;
	q->wait_ms = self.set->defence_greylist_delay;
	if (q->a->looks)
		return 0;
	sql_bind_int(st, 4, q->now_ms);
	sql_bind_int(st, 5, q->now_ms + self.set->defence_greylist_window);
	return sql_run(st);
}

static int count(const struct question *q)
{
	sqlite3_stmt *st;
	int r = statement(ST_COUNT, q, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 2, until_ms(q));
	sql_bind_int(st, 3, q->now_ms);
	return sql_run(st);
}

static int write_passed(const struct question *q)
{
	sqlite3_stmt *st;
	int r = statement(ST_PASS, q, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 4, until_ms(q));
	return sql_run(st);
}

/* Both or none. */
static int pass(const struct question *q, bool first)
{
	int r = smalldb_begin(&self.db);

	if (r >= 0)
		r = write_passed(q);
	if (r >= 0 && first)
		r = count(q);
	return smalldb_end(&self.db, r);
}

static int look(struct question *q)
{
	sqlite3_stmt *st;
	int r = statement(ST_FIND, q, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 4, q->now_ms);
	int row = sql_step(st);
	if (row <= 0) {
		sql_reset(st);
		return row < 0 ? row : add(q);
	}
	int64_t wait_ms = sql_column_int(st, 0) + self.set->defence_greylist_delay - q->now_ms;
	bool passed = sql_column_int(st, 1), due = is_due(q, sql_column_int(st, 2));
	sql_reset(st);
	if (!passed && wait_ms > self.set->defence_greylist_delay)
		wait_ms = self.set->defence_greylist_delay; /* the clock was set back */
	if (passed && !due)
		return 0;
	if (passed || wait_ms <= 0)
		return q->a->looks ? 0 : pass(q, !passed);
	q->wait_ms = wait_ms;
	return 0;
}

/* ---- what is past its time --------------------------------------------------------------- */

static int prune_some(enum statement which, const struct question *q)
{
	sqlite3_stmt *st;
	int r = statement(which, q, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, q->now_ms);
	sql_bind_int(st, 2, PRUNE_ROWS);
	r = sql_run(st);
	return r < 0 ? r : sqlite3_changes(self.db.db);
}

/* Nobody is told about again who is past his time, so this is for room alone: now and then, and at
 * most so many at once, for the next question waits behind it. */
static void prune(const struct question *q)
{
	if (q->now_ms < self.prune_at_ms && self.prune_at_ms <= q->now_ms + PRUNE_MS)
		return;
	int triplets = prune_some(ST_PRUNE, q);
	int clients = triplets < 0 ? triplets : prune_some(ST_PRUNE_CLIENTS, q);
	bool more = triplets == PRUNE_ROWS || clients == PRUNE_ROWS;
	self.prune_at_ms = q->now_ms + (more ? PRUNE_PAUSE_MS : PRUNE_MS);
}

/* Most are known and need no writing: one look, without a transaction. */
static int answer(void *arg)
{
	struct question *q = arg;

	q->now_ms = clock_wall_time_ms();
	int r = is_known(q);
	if (r == 0)
		r = look(q);
	prune(q);
	return r < 0 ? r : 0;
}

/* ---- the call ------------------------------------------------------------------------------ */

static WAITS int ask_here(const struct greylist_ask_args *args, UNUSED struct arena *mem,
                          struct greylist_ask_reply *out)
{
	struct question q = { .a = args };
	int r = smalldb_run(&self.db, answer, &q); /* WAITS */

	out->wait_ms = q.wait_ms;
	return r;
}

int greylist_start(const struct settings *set)
{
	int r = smalldb_open(&self.db, &kind, set->server_data_dir);

	self.set = set;
	if (r >= 0)
		greylist_ask_serve(ask_here);
	return r;
}

void greylist_stop(void)
{
	greylist_ask_serve(NULL);
	smalldb_close(&self.db);
}
