/* suppressions/suppressions.c - see suppressions.h. */
#include "suppressions/suppressions.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/utf8.h"
#include "smalldb/smalldb.h"
#include "ticket/gate.h"
#include "wire/smtp/path.h"

static const char *const migrations[] = {
#include "suppressions/001_suppressions.sql.inc"
};

static const struct schema schema = {
	.what = "record of whom accounts do not send to",
	.too_old = "bring a newer copy back from a backup",
	.first = 1,
	.migrations = migrations,
	.n = N_ELEMS(migrations),
};

enum statement {
#define STATEMENT(name, text) ST_##name,
#include "suppressions/statements.def"
#undef STATEMENT
	STATEMENTS
};

static const char *const statements[] = {
#define STATEMENT(name, text) [ST_##name] = (text),
#include "suppressions/statements.def"
#undef STATEMENT
};

static const struct smalldb_kind kind = {
	.file = "suppressions.db",
	.thread = "suppressions",
	.schema = &schema,
	.pragmas = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 100;"
	           "PRAGMA max_page_count = 262144;", /* 1 GiB */
	.statements = statements,
	.n_statements = STATEMENTS,
	.is_record = true,
};

static struct {
	struct smalldb db;
	struct map accounts; /* those that have some: their names, which it owns */
} self;

/* ---- which accounts have any --------------------------------------------------------------- */

bool suppressions_any(struct span account)
{
	return account.n && map_get(&self.accounts, account);
}

static int note(struct span account)
{
	char *name;

	if (suppressions_any(account))
		return 0;
	name = strndup(account.p, account.n);
	if (name && map_put(&self.accounts, span_make(name, account.n), name, NULL) >= 0)
		return 0;
	free(name);
	return err(ERR_NO_MEMORY, "no memory for the name of an account");
}

static void note_none(struct span account)
{
	char *name = account.n ? map_get(&self.accounts, account) : NULL;

	if (name)
		map_remove(&self.accounts, account);
	free(name);
}

/* ---- on the worker's thread ---------------------------------------------------------------- */

/* One question or order.  out, room: rows; n: how many there are now. */
struct work {
	struct span account, list, after, after_list, address;
	const struct directory_address *addresses;
	const struct suppression *row;
	struct arena *mem;
	struct suppression *out;
	size_t n, room, n_addresses;
	bool remove, any;
};

static int take_row(struct work *w, sqlite3_stmt *st)
{
	struct suppression *s = &w->out[w->n];
	int r = 0;

	*s = (struct suppression){ .why = (uint8_t)sql_column_int(st, 2),
		                   .since_ms = sql_column_int(st, 3),
		                   .until_ms = sql_column_int(st, 4),
		                   .message = sql_column_id(st, 5) };
	s->address = sql_column_text(st, 0, w->mem, &r);
	s->list = sql_column_text(st, 1, w->mem, &r);
	s->words = sql_column_text(st, 6, w->mem, &r);
	w->n += r >= 0;
	return r;
}

static int take_rows(struct work *w, sqlite3_stmt *st)
{
	int row = 0, r = 0;

	while (r >= 0 && w->n < w->room && (row = sql_step(st)) == 1)
		r = take_row(w, st);
	if (row == 1)
		sql_reset(st);
	return r < 0 ? r : row < 0 ? row : 0;
}

static int select_with(enum statement which, struct span account, struct span address,
                       struct span list, sqlite3_stmt **out)
{
	int r = smalldb_statement(&self.db, which, out);

	if (r < 0)
		return r;
	sql_bind_text(*out, 1, account);
	sql_bind_text(*out, 2, address);
	sql_bind_text(*out, 3, list);
	sql_bind_int(*out, 4, clock_wall_time_ms());
	return 0;
}

static int ask(void *arg)
{
	struct work *w = arg;
	sqlite3_stmt *st;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < w->n_addresses; i++) {
		size_t room = w->room;

		r = select_with(ST_ASK, w->account, w->addresses[i].address, w->list, &st);
		w->room = w->n < room ? w->n + 1 : room;
		if (r >= 0)
			r = take_rows(w, st);
		w->room = room;
	}
	return r;
}

static int page(void *arg)
{
	struct work *w = arg;
	sqlite3_stmt *st;
	bool one = w->address.n > 0;
	int r = select_with(one ? ST_OF_ADDRESS : ST_PAGE, w->account, w->after, w->after_list,
	                    &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 5, (int64_t)w->room);
	if (one)
		sql_bind_text(st, 6, w->address);
	return take_rows(w, st);
}

static int get(struct work *w)
{
	sqlite3_stmt *st;
	int r = select_with(ST_GET, w->account, w->row->address, w->row->list, &st);

	return r < 0 ? r : take_rows(w, st);
}

static int prune(void)
{
	sqlite3_stmt *st;
	int r = smalldb_statement(&self.db, ST_PRUNE, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, clock_wall_time_ms());
	return sql_run(st);
}

static int put(const struct work *w)
{
	const struct suppression *s = w->row;
	struct sql_id id;
	sqlite3_stmt *st;
	int r = smalldb_statement(&self.db, ST_PUT, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, w->account);
	sql_bind_text(st, 2, s->address);
	sql_bind_text(st, 3, s->list);
	sql_bind_int(st, 4, s->why);
	sql_bind_int(st, 5, clock_wall_time_ms());
	sql_bind_int_opt(st, 6, s->until_ms);
	if (s->message)
		sql_bind_id(st, 7, s->message, &id);
	else
		sql_bind_null(st, 7);
	sql_bind_text_opt(st, 8, s->words);
	return sql_run(st);
}

static int take_out(const struct work *w)
{
	sqlite3_stmt *st;
	int r = smalldb_statement(&self.db, ST_REMOVE, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, w->account);
	sql_bind_text(st, 2, w->row->address);
	sql_bind_text(st, 3, w->row->list);
	return sql_run(st);
}

static int has_any(struct work *w)
{
	sqlite3_stmt *st;
	int r = smalldb_statement(&self.db, ST_ANY, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, w->account);
	r = sql_step(st);
	w->any = r == 1;
	if (r == 1)
		sql_reset(st);
	return r < 0 ? r : 0;
}

/* The row as it is after what was put, or was before what was taken out. */
static int order(void *arg)
{
	struct work *w = arg;
	int r = smalldb_begin(&self.db);

	if (r < 0)
		return r;
	r = prune();
	if (r >= 0 && w->remove)
		r = get(w);
	if (r >= 0)
		r = w->remove ? take_out(w) : put(w);
	if (r >= 0 && !w->remove)
		r = get(w);
	if (r >= 0)
		r = has_any(w);
	return smalldb_end(&self.db, r);
}

static int forget(void *arg)
{
	const struct work *w = arg;
	sqlite3_stmt *st;
	int r = smalldb_statement(&self.db, ST_FORGET, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, w->account);
	return sql_run(st);
}

/* The loop waits for it: no other fibre is there yet. */
static int load(UNUSED void *arg)
{
	sqlite3_stmt *st;
	int r = smalldb_statement(&self.db, ST_ACCOUNTS, &st), row = 0;

	while (r >= 0 && (row = sql_step(st)) == 1)
		r = note(sql_column_view(st, 0));
	if (row == 1)
		sql_reset(st);
	return r < 0 ? r : row < 0 ? row : 0;
}

/* ---- calls --------------------------------------------------------------------------------- */

static WAITS int ask_here(const struct suppressions_ask_args *a, struct arena *mem,
                          struct suppressions_ask_reply *out)
{
	struct work w = { .list = a->list,
		          .addresses = a->addresses,
		          .n_addresses = a->n_addresses,
		          .room = a->n_addresses,
		          .mem = mem };
	int r = gate_account(a->ticket, (enum ticket_right)(TICKET_SUBMIT | TICKET_OPERATOR), mem,
	                     &w.account); /* WAITS */

	*out = (struct suppressions_ask_reply){ 0 };
	if (r < 0 || !w.room || !suppressions_any(w.account))
		return r < 0 ? r : 0;
	w.out = arena_array(mem, struct suppression, w.room);
	r = w.out ? smalldb_run(&self.db, ask, &w) : ERR_NO_MEMORY; /* WAITS */
	*out = (struct suppressions_ask_reply){ w.out, w.n };
	return r;
}

static WAITS int list_here(const struct suppressions_list_args *a, struct arena *mem,
                           struct suppressions_list_reply *out)
{
	size_t max = a->max < SUPPRESSION_ROWS_MAX ? a->max : SUPPRESSION_ROWS_MAX;
	struct work w = { .address = a->address,
		          .after = a->after,
		          .after_list = a->after_list,
		          .room = max + 1,
		          .mem = mem };
	int r = gate_account(a->ticket, (enum ticket_right)(TICKET_REPORT | TICKET_OPERATOR), mem,
	                     &w.account); /* WAITS */

	if (r < 0)
		return r;
	w.out = arena_array(mem, struct suppression, w.room);
	r = w.out ? smalldb_run(&self.db, page, &w) : ERR_NO_MEMORY; /* WAITS */
	*out = (struct suppressions_list_reply){ w.out, w.n < max ? w.n : max, w.n > max };
	return r;
}

/* What comes from outside in its one form. */
static int check(const struct suppression *given, struct arena *mem, struct suppression *out)
{
	AUTO_BUF address = BUF(SMTP_PATH_MAX);
	struct smtp_path path;

	*out = *given;
	if (smtp_address_split(given->address, SMTP_PATH_POSTMASTER, &path) < 0 ||
	    smtp_path_canonical(&path, &address) < 0)
		return err(ERR_SYNTAX, "%.*s is no address", SPAN_ARG(given->address));
	for (size_t i = 0; i < address.n; i++)
		if (address.p[i] >= 'A' && address.p[i] <= 'Z')
			address.p[i] = (char)(address.p[i] + 32);
	if (given->list.n > SUPPRESSION_LIST_MAX || !utf8_valid(given->list))
		return err(ERR_SYNTAX, "the list's name is over %d octets, or no UTF-8",
		           SUPPRESSION_LIST_MAX);
	if (given->words.n > SUPPRESSION_WORDS_MAX || !utf8_valid(given->words))
		return err(ERR_SYNTAX, "the words are over %d octets, or no UTF-8",
		           SUPPRESSION_WORDS_MAX);
	if (!given->why || given->why >= SUPPRESSION_WHYS || given->until_ms < 0)
		return err(ERR_SYNTAX, "no such reason, or no such time");
	return arena_copy(mem, buf_span(&address), &out->address);
}

/* w: with account, remove and memory. */
static WAITS int obey(struct work *w, const struct suppression *given)
{
	struct suppression row;
	int r = check(given, w->mem, &row);

	if (r < 0)
		return r;
	w->row = &row;
	w->room = 1;
	w->out = arena_new(w->mem, struct suppression);
	r = w->out && (w->remove || note(w->account) >= 0) /* asked for from now on */
	            ? smalldb_run(&self.db, order, w)      /* WAITS */
	            : ERR_NO_MEMORY;
	w->row = NULL;
	/* In the order in which they were done: another order may have been between. */
	if (r >= 0 && w->any)
		r = note(w->account);
	else if (r >= 0)
		note_none(w->account);
	if (r >= 0 && !w->n)
		return err(ERR_NOT_FOUND, "%.*s is not suppressed%s%.*s", SPAN_ARG(row.address),
		           row.list.n ? " for the list " : "", SPAN_ARG(row.list));
	return r;
}

static WAITS int order_here(const struct suppressions_order_args *a, struct arena *mem,
                            struct suppressions_order_reply *out)
{
	struct work w = { .mem = mem, .remove = a->remove };
	int r = gate_account(a->ticket, (enum ticket_right)(TICKET_MANAGE | TICKET_OPERATOR), mem,
	                     &w.account); /* WAITS */

	if (r < 0)
		return r;
	if (a->n_row != 1)
		return err(ERR_SYNTAX, "%zu suppressions in one order", a->n_row);
	r = obey(&w, a->row); /* WAITS */
	*out = (struct suppressions_order_reply){ w.out, w.n };
	return r;
}

static WAITS int unsubscribe_here(const struct suppressions_unsubscribe_args *a, struct arena *mem,
                                  struct suppressions_unsubscribe_reply *out)
{
	const struct unsubscribe_read_args asked = { a->token };
	struct unsubscribe_read_reply got;
	int r = unsubscribe_read(&asked, mem, &got); /* WAITS */

	if (r < 0)
		return r;
	*out = (struct suppressions_unsubscribe_reply){ got.address, got.list };
	if (a->looks)
		return 0;
	return suppressions_add(got.account,
	                        &(struct suppression){ .address = got.address,
	                                               .list = got.list,
	                                               .why = SUPPRESSION_UNSUBSCRIBE,
	                                               .words = SPAN("by the link in a message") });
}

WAITS int suppressions_add(struct span account, const struct suppression *row)
{
	AUTO_ARENA mem = { 0 };
	struct work w = { .account = account, .mem = &mem };

	return obey(&w, row); /* WAITS */
}

WAITS int suppressions_forget(struct span account)
{
	struct work w = { .account = account };

	if (!suppressions_any(account))
		return 0;
	int r = smalldb_run(&self.db, forget, &w); /* WAITS */
	if (r >= 0)
		note_none(account);
	return r;
}

WAITS int suppressions_start(const char *data_dir)
{
	int r = smalldb_open(&self.db, &kind, data_dir);

	if (r == ERR_CORRUPT)
		return err(r, "suppressions.db is damaged: bring it back from a backup, or remove "
		              "it, and nobody is suppressed any more");
	if (r >= 0)
		r = smalldb_run(&self.db, load, NULL); /* WAITS */
	if (r < 0) {
		suppressions_stop();
		return r;
	}
	suppressions_ask_serve(ask_here);
	suppressions_list_serve(list_here);
	suppressions_order_serve(order_here);
	suppressions_unsubscribe_serve(unsubscribe_here);
	return 0;
}

void suppressions_stop(void)
{
	char *name;

	suppressions_ask_serve(NULL);
	suppressions_list_serve(NULL);
	suppressions_order_serve(NULL);
	suppressions_unsubscribe_serve(NULL);
	smalldb_close(&self.db);
	MAP_EACH(name, &self.accounts)
		free(name);
	map_fini(&self.accounts);
}
