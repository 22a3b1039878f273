/* store/ledger/ledger_rows.c - see ledger_rows.h. */
#include "store/ledger/ledger_rows.h"

#include "calls/mailbox_records.h"
#include "calls/record_found.h"
#include "store/ledger/ledger_change.h"

struct row_key {
	uint64_t message, recipient;
};

/* What becomes of one row of `recipient`. */
struct row {
	struct row_key key;
	struct row *next;
	const struct record_recipient *fresh; /* NULL: the table has it */
	uint8_t state;
	uint64_t seq;
	int64_t changed_ms;
	uint32_t attempts;     /* finished */
	uint64_t last_attempt; /* 0: none in this batch */
	bool scheduled;        /* next_try_ms is known: */
	int64_t next_try_ms;   /* negative: never */
	uint64_t route_seq;    /* 0: as it was */
	struct span route;     /* "default": none of its own */
};

void ledger_rows_init(struct ledger_rows *rows, struct ledger *l, struct ledger_places *places,
                      struct arena *mem)
{
	*rows = (struct ledger_rows){ .l = l, .places = places, .mem = mem };
	rows->end = &rows->first;
}

void ledger_rows_fini(struct ledger_rows *rows)
{
	map_fini(&rows->map);
}

static struct row *row_get(struct ledger_rows *rows, uint64_t message, uint32_t recipient)
{
	struct row_key key = { message, recipient };
	struct row *row = map_get(&rows->map, MAP_KEY(key));
	if (row)
		return row;
	row = arena_new(rows->mem, struct row);
	if (!row)
		return NULL;
	row->key = key;
	if (map_put(&rows->map, MAP_KEY(row->key), row, NULL) < 0)
		return NULL;
	*rows->end = row;
	rows->end = &row->next;
	return row;
}

static int change_write(struct ledger_rows *rows, const struct record_change *f,
                        enum ledger_statement which)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(rows->l->db, rows->l->st, which, &st);
	if (r < 0)
		return r;
	ledger_change_bind(st, f, &id);
	return sql_run(st);
}

static bool is_decided(const struct row *row)
{
	return row->scheduled && row->next_try_ms < 0;
}

/* What is decided stays so: the message may be gone.  The attempt and the route have numbers of
 * their own: what was written again comes late. */
static void row_change(struct row *row, const struct record_change *f)
{
	if (is_decided(row) && f->seq > row->seq)
		return;
	if (ledger_change_ends_attempt(f->state) && f->seq >= row->last_attempt) {
		row->attempts = f->attempt;
		row->last_attempt = f->seq;
	}
	if (f->route.n && f->seq >= row->route_seq) {
		row->route = f->route;
		row->route_seq = f->seq;
	}
	if (f->seq < row->seq || is_decided(row))
		return;
	row->state = f->state;
	row->seq = f->seq;
	row->changed_ms = f->time_ms;
	if (f->state == RECIPIENT_TRYING) /* a crash cuts it short: then it is due as before */
		return;
	row->scheduled = true;
	row->next_try_ms = recipient_state_is_final(f->state)             ? -1
	                   : f->next_try_ms || f->state == RECIPIENT_HELD ? f->next_try_ms
	                                                                  : f->time_ms;
}

/* The recipient's own row stays as it is; where that is of this batch, it is not in the table yet.
 */
static int report_write(struct ledger_rows *rows, const struct record_change *f)
{
	struct row_key key = { f->message, f->recipient };
	const struct row *row = map_get(&rows->map, MAP_KEY(key));

	return change_write(rows, f, row && row->fresh ? LEDGER_CHANGE_PUT : LEDGER_REPORT_PUT);
}

int ledger_rows_change(struct ledger_rows *rows, const struct record_change *f)
{
	if (f->report)
		return report_write(rows, f);
	struct row *row = row_get(rows, f->message, f->recipient);
	if (!row)
		return err(ERR_NO_MEMORY, "ledger batch");
	row_change(row, f);
	return change_write(rows, f, LEDGER_CHANGE_PUT);
}

int ledger_rows_recall(struct ledger_rows *rows, const struct record_change *f)
{
	struct row *row = row_get(rows, f->message, f->recipient);
	if (!row)
		return err(ERR_NO_MEMORY, "ledger batch");
	row_change(row, f);
	return 0;
}

int ledger_rows_fresh(struct ledger_rows *rows, uint64_t message, uint32_t recipient,
                      const struct record_recipient *fresh)
{
	struct row *row = row_get(rows, message, recipient);
	if (!row)
		return err(ERR_NO_MEMORY, "ledger batch");
	row->fresh = fresh;
	return 0;
}

/* What followed for the recipient from what the defence found. */
static void followed_bind(sqlite3_stmt *st, const struct record_recipient *to)
{
	const struct record_item *item =
	        record_item_find(to->items, to->n_items, RECORD_ITEM_VERDICTS_RCPT);
	struct record_followed f = { 0 };

	if (item && record_followed_unpack(item->octets, NULL, &f) < 0)
		f = (struct record_followed){ 0 };
	sql_bind_text_opt(st, 15, f.step);
	sql_bind_text_opt(st, 16, f.action);
}

static int row_insert(struct ledger_rows *rows, const struct row *row)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(rows->l->db, rows->l->st, LEDGER_RECIPIENT_PUT, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, row->key.message, &id);
	sql_bind_int(st, 2, (int64_t)row->key.recipient);
	sql_bind_text(st, 3, row->fresh->address);
	sql_bind_text(st, 4, row->fresh->domain);
	sql_bind_text_opt(st, 5, row->fresh->account);
	sql_bind_int_opt(st, 6, row->fresh->uid);
	sql_bind_text(st, 7, span_str(recipient_state_name(row->state)));
	sql_bind_int(st, 8, (int64_t)row->seq);
	sql_bind_int(st, 9, row->changed_ms);
	sql_bind_int(st, 10, row->attempts);
	if (row->next_try_ms < 0)
		sql_bind_null(st, 11);
	else
		sql_bind_int(st, 11, row->next_try_ms);
	sql_bind_int_opt(st, 12, (int64_t)row->last_attempt);
	sql_bind_text_opt(st, 13,
	                  span_eq(row->route, SPAN("default")) ? (struct span){ 0 } : row->route);
	sql_bind_int_opt(st, 14, (int64_t)row->route_seq);
	followed_bind(st, row->fresh);
	r = sql_run(st);
	if (r < 0 || is_decided(row))
		return r;
	return ledger_places_refs(rows->places, row->key.message, 1);
}

static int late_attempt(struct ledger_rows *rows, const struct row *row)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(rows->l->db, rows->l->st, LEDGER_RECIPIENT_ATTEMPT, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, row->key.message, &id);
	sql_bind_int(st, 2, (int64_t)row->key.recipient);
	sql_bind_int(st, 3, (int64_t)row->last_attempt);
	sql_bind_int(st, 4, row->attempts);
	return sql_run(st);
}

static int route_write(struct ledger_rows *rows, const struct row *row)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(rows->l->db, rows->l->st, LEDGER_RECIPIENT_ROUTE, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, row->key.message, &id);
	sql_bind_int(st, 2, (int64_t)row->key.recipient);
	sql_bind_int(st, 3, (int64_t)row->route_seq);
	sql_bind_text(st, 4, row->route);
	return sql_run(st);
}

/* 1: the row has changed. */
static int state_write(struct ledger_rows *rows, const struct row *row)
{
	struct sql_id id;
	sqlite3_stmt *st;
	int r = ledger_statement(rows->l->db, rows->l->st, LEDGER_RECIPIENT_CHANGE, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, row->key.message, &id);
	sql_bind_int(st, 2, (int64_t)row->key.recipient);
	sql_bind_text(st, 3, span_str(recipient_state_name(row->state)));
	sql_bind_int(st, 4, (int64_t)row->seq);
	sql_bind_int(st, 5, row->changed_ms);
	sql_bind_int(st, 6, row->attempts);
	sql_bind_int(st, 7, row->scheduled);
	if (row->next_try_ms < 0)
		sql_bind_null(st, 8);
	else
		sql_bind_int(st, 8, row->next_try_ms);
	sql_bind_int(st, 9, (int64_t)row->last_attempt);
	r = sql_run(st);
	return r < 0 ? r : sqlite3_changes(rows->l->db) > 0;
}

static int row_update(struct ledger_rows *rows, const struct row *row)
{
	int changed = state_write(rows, row);
	int r = changed < 0 ? changed : 0;
	if (changed == 0 && row->last_attempt)
		r = late_attempt(rows, row);
	if (r >= 0 && row->route_seq)
		r = route_write(rows, row);
	if (r < 0 || !changed || !is_decided(row))
		return r;
	return ledger_places_refs(rows->places, row->key.message, -1); /* it was undecided */
}

int ledger_rows_write(struct ledger_rows *rows)
{
	int r = 0;
	for (const struct row *row = rows->first; row && r >= 0; row = row->next)
		r = row->fresh ? row_insert(rows, row) : row_update(rows, row);
	return r;
}
