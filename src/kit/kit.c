/* kit/kit.c - see kit.h. */
#include "kit/kit.h"

#include "base/clock.h"
#include "base/os.h"
#include "base/utf8.h"
#include "smalldb/smalldb.h"
#include "ticket/gate.h"

static const char *const migrations[] = {
#include "kit/001_kit.sql.inc"
};

static const struct schema schema = {
	.what = "record of templates and forms",
	.too_old = "bring a newer copy back from a backup",
	.first = 1,
	.migrations = migrations,
	.n = N_ELEMS(migrations),
};

enum statement {
#define STATEMENT(name, text) ST_##name,
#include "kit/statements.def"
#undef STATEMENT
	STATEMENTS
};

static const char *const statements[] = {
#define STATEMENT(name, text) [ST_##name] = (text),
#include "kit/statements.def"
#undef STATEMENT
};

static const struct smalldb_kind kind = {
	.file = "kit.db",
	.thread = "kit",
	.schema = &schema,
	.pragmas = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 100;"
	           "PRAGMA max_page_count = 262144;", /* 1 GiB */
	.statements = statements,
	.n_statements = STATEMENTS,
	.is_record = true,
};

static struct smalldb db;

/* ---- on the thread ------------------------------------------------------------------------- */

/* One question or order. */
struct work {
	struct span account, name, octets;
	uint8_t kind;
	struct arena *mem;
	struct kit_row *rows; /* KIT_ROWS_MAX */
	size_t n_rows;
	int64_t changed_ms;
	bool remove, more, made;
};

static int bind(enum statement which, const struct work *w, sqlite3_stmt **out)
{
	int r = smalldb_statement(&db, which, out);

	if (r < 0)
		return r;
	sql_bind_text(*out, 1, w->account);
	sql_bind_int(*out, 2, w->kind);
	sql_bind_text(*out, 3, w->name);
	return 0;
}

static int get(void *arg)
{
	struct work *w = arg;
	sqlite3_stmt *st;
	int r = bind(ST_GET, w, &st), row = 0;

	if (r >= 0 && (row = sql_step(st)) == 1) {
		w->octets = sql_column_text(st, 0, w->mem, &r);
		w->changed_ms = sql_column_int(st, 1);
		sql_reset(st);
	}
	if (r < 0 || row < 0)
		return r < 0 ? r : row;
	return row ? 0 : err(ERR_NOT_FOUND, "there is no \"%.*s\"", SPAN_ARG(w->name));
}

static int form(void *arg)
{
	struct work *w = arg;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_FORM, &st), row = 0;

	if (r < 0)
		return r;
	sql_bind_text(st, 1, w->name);
	if ((row = sql_step(st)) == 1) {
		w->account = sql_column_text(st, 0, w->mem, &r);
		w->octets = sql_column_text(st, 1, w->mem, &r);
		sql_reset(st);
	}
	if (r < 0 || row < 0)
		return r < 0 ? r : row;
	return row ? 0 : err(ERR_NOT_FOUND, "there is no form \"%.*s\"", SPAN_ARG(w->name));
}

/* False: it does not fit into this page any more. */
static bool take_row(struct work *w, sqlite3_stmt *st, size_t *octets, int *r)
{
	struct kit_row *row = &w->rows[w->n_rows];

	*octets += sql_column_view(st, 1).n;
	if (w->n_rows == KIT_ROWS_MAX || (w->n_rows && *octets > KIT_OCTETS_MAX))
		return false;
	row->name = sql_column_text(st, 0, w->mem, r);
	row->octets = sql_column_text(st, 1, w->mem, r);
	row->changed_ms = sql_column_int(st, 2);
	w->n_rows++;
	return true;
}

static int page(void *arg)
{
	struct work *w = arg;
	sqlite3_stmt *st;
	size_t octets = 0;
	int r = bind(ST_PAGE, w, &st), row = 0;

	if (r < 0)
		return r;
	sql_bind_int(st, 4, KIT_ROWS_MAX + 1);
	while (r >= 0 && !w->more && (row = sql_step(st)) == 1)
		w->more = !take_row(w, st, &octets, &r);
	if (row == 1)
		sql_reset(st);
	return r < 0 ? r : row < 0 ? row : 0;
}

static int check_room(const struct work *w)
{
	sqlite3_stmt *st;
	int r = bind(ST_COUNT, w, &st), row;

	if (r < 0)
		return r;
	row = sql_step(st);
	int64_t n = row == 1 ? sql_column_int(st, 0) : 0;
	if (row == 1)
		sql_reset(st);
	if (n >= KIT_OF_ACCOUNT_MAX)
		return err(ERR_LIMIT, "there are %d already, the most that an account may have",
		           KIT_OF_ACCOUNT_MAX);
	return row < 0 ? row : 0;
}

static int put(struct work *w)
{
	struct work before = {
		.account = w->account, .name = w->name, .kind = w->kind, .mem = w->mem
	};
	sqlite3_stmt *st;
	int r = get(&before);

	w->made = r == ERR_NOT_FOUND;
	if (w->made)
		r = check_room(w);
	if (r >= 0)
		r = bind(ST_PUT, w, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 4, w->octets);
	sql_bind_int(st, 5, clock_wall_time_ms());
	return sql_run(st);
}

static int take_out(struct work *w)
{
	sqlite3_stmt *st;
	int r = get(w);

	if (r >= 0)
		r = bind(ST_REMOVE, w, &st);
	return r < 0 ? r : sql_run(st);
}

static int order(void *arg)
{
	struct work *w = arg;
	int r = smalldb_begin(&db);

	if (r >= 0)
		r = w->remove ? take_out(w) : put(w);
	return smalldb_end(&db, r);
}

static int forget(void *arg)
{
	const struct work *w = arg;
	sqlite3_stmt *st;
	int r = smalldb_statement(&db, ST_FORGET, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, w->account);
	return sql_run(st);
}

/* ---- calls --------------------------------------------------------------------------------- */

static int check(uint8_t which, struct span name)
{
	if (!which || which >= KIT_KINDS)
		return err(ERR_SYNTAX, "nothing of kind %u is kept", which);
	if (!name.n || name.n > KIT_NAME_MAX || !utf8_valid(name))
		return err(ERR_SYNTAX, "a name has 1 to %d octets, of UTF-8", KIT_NAME_MAX);
	return 0;
}

static WAITS int get_here(const struct kit_get_args *a, struct arena *mem,
                          struct kit_get_reply *out)
{
	struct work w = { .kind = a->kind, .name = a->name, .mem = mem };
	int r = check(a->kind, a->name);

	if (r >= 0)
		r = gate_account(a->ticket,
		                 (enum ticket_right)(TICKET_SUBMIT | TICKET_REPORT | TICKET_MANAGE),
		                 mem, &w.account); /* WAITS */
	if (r >= 0)
		r = smalldb_run(&db, get, &w); /* WAITS */
	*out = (struct kit_get_reply){ w.octets, w.changed_ms };
	return r;
}

static WAITS int list_here(const struct kit_list_args *a, struct arena *mem,
                           struct kit_list_reply *out)
{
	struct work w = { .kind = a->kind, .name = a->after, .mem = mem };
	int r = a->after.n ? check(a->kind, a->after) : 0;

	if (r >= 0)
		r = gate_account(a->ticket, TICKET_REPORT, mem, &w.account); /* WAITS */
	w.rows = arena_array(mem, struct kit_row, KIT_ROWS_MAX);
	if (r >= 0)
		r = w.rows ? smalldb_run(&db, page, &w) : ERR_NO_MEMORY; /* WAITS */
	*out = (struct kit_list_reply){ w.rows, w.n_rows, w.more };
	return r;
}

/* 80 bits: it cannot be guessed. */
static int name_form(struct arena *mem, struct span *out)
{
	uint64_t noise[2];

	os_random(noise, sizeof noise);
	*out = span_str(arena_printf(mem, "%010jx%010jx", (uintmax_t)noise[0] & 0xffffffffff,
	                             (uintmax_t)noise[1] & 0xffffffffff));
	return out->p ? 0 : ERR_NO_MEMORY;
}

static WAITS int order_here(const struct kit_order_args *a, struct arena *mem,
                            struct kit_order_reply *out)
{
	struct work w = { .kind = a->kind,
		          .name = a->name,
		          .octets = a->octets,
		          .remove = a->remove,
		          .mem = mem };
	int r = gate_account(a->ticket, TICKET_MANAGE, mem, &w.account); /* WAITS */

	if (r >= 0 && !a->name.n && a->kind == KIT_FORM && !a->remove)
		r = name_form(mem, &w.name);
	if (r >= 0)
		r = check(w.kind, w.name);
	if (r >= 0 && a->octets.n > KIT_OCTETS_MAX)
		r = err(ERR_SYNTAX, "it has more than %d octets", KIT_OCTETS_MAX);
	if (r >= 0)
		r = smalldb_run(&db, order, &w); /* WAITS */
	*out = (struct kit_order_reply){ w.name, w.made };
	return r;
}

static WAITS int form_here(const struct kit_form_args *a, struct arena *mem,
                           struct kit_form_reply *out)
{
	struct work w = { .name = a->name, .mem = mem };
	int r = check(KIT_FORM, a->name);

	if (r >= 0)
		r = smalldb_run(&db, form, &w); /* WAITS */
	*out = (struct kit_form_reply){ w.account, w.octets };
	return r;
}

WAITS int kit_forget(struct span account)
{
	struct work w = { .account = account };

	return smalldb_run(&db, forget, &w); /* WAITS */
}

int kit_start(const char *data_dir)
{
	int r = smalldb_open(&db, &kind, data_dir);

	if (r == ERR_CORRUPT)
		return err(r, "kit.db is damaged: bring it back from a backup, or remove it, and "
		              "no account has templates or forms any more");
	if (r < 0)
		return r;
	kit_get_serve(get_here);
	kit_list_serve(list_here);
	kit_order_serve(order_here);
	kit_form_serve(form_here);
	return 0;
}

void kit_stop(void)
{
	kit_get_serve(NULL);
	kit_list_serve(NULL);
	kit_order_serve(NULL);
	kit_form_serve(NULL);
	smalldb_close(&db);
}
