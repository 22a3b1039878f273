/* accounts/operator_keys.c - keys of the operator's for his routes over HTTP (/admin/v1): digests,
 * under labels.  Nobody but the store knows them: who is shown one asks whose it is.
 */
#include "accounts/accounts_impl.h"

enum { LINE_MAX = 1 << 10 };

/* A row of the answer for each of the statement's. */
static int put_rows(struct order *o, sqlite3_stmt *st)
{
	AUTO_BUF line = BUF(LINE_MAX);
	int kept = 0, r;

	o->out->rows = arena_array(o->mem, struct directory_row, DIRECTORY_OPERATOR_KEYS_MAX);
	if (!o->out->rows)
		return ERR_NO_MEMORY;
	while ((r = sql_step(st)) == 1 && kept >= 0 &&
	       o->out->n_rows < DIRECTORY_OPERATOR_KEYS_MAX) {
		struct json j = JSON(&line);

		buf_reset(&line);
		json_begin_object(&j);
		json_member_span(&j, "operator_key", sql_column_text(st, 0, o->mem, &kept));
		json_member_time(&j, "made", sql_column_int(st, 1));
		json_end_object(&j);
		kept = kept < 0 ? kept : line.err;
		if (kept >= 0)
			kept = arena_copy(o->mem, buf_span(&line),
			                  &o->out->rows[o->out->n_rows++].json);
	}
	sql_reset(st);
	return kept < 0 ? kept : r;
}

static int ask(struct order *o, enum accounts_statement which, struct span key)
{
	sqlite3_stmt *st;
	int r = accounts_statement(o->db, which, &st);

	if (r < 0)
		return r;
	if (sqlite3_bind_parameter_count(st))
		sql_bind_text(st, 1, key);
	return put_rows(o, st);
}

static int get(struct order *o)
{
	int r = ask(o, ACCOUNTS_OPERATOR_KEY_GET, o->a->name);

	return r < 0 || o->out->n_rows
	               ? r
	               : err(ERR_NOT_FOUND,
	                     "there is no key \"%.*s\" of the operator's; postrider key list "
	                     "--operator shows those there are",
	                     SPAN_ARG(o->a->name));
}

static int may_add(struct order *o, struct span hash)
{
	int64_t n = 0;
	int r = accounts_label_check(o->a->name);

	if (r >= 0)
		r = accounts_key_hash_check(hash);
	if (r >= 0)
		r = accounts_count(o->db, ACCOUNTS_OPERATOR_KEY_COUNT, 0, &n);
	if (r >= 0 && n >= DIRECTORY_OPERATOR_KEYS_MAX)
		r = err(ERR_LIMIT, "the operator has at most %d keys; revoke one",
		        DIRECTORY_OPERATOR_KEYS_MAX);
	if (r >= 0)
		r = ask(o, ACCOUNTS_OPERATOR_KEY_GET, o->a->name);
	return r >= 0 && o->out->n_rows
	               ? err(ERR_EXISTS,
	                     "the operator has a key named \"%.*s\" already; revoke it, or "
	                     "choose another label",
	                     SPAN_ARG(o->a->name))
	               : r;
}

static int add(struct order *o)
{
	struct span hash = accounts_field(o, "hash");
	sqlite3_stmt *st;
	int r = may_add(o, hash);

	if (r >= 0)
		r = accounts_statement(o->db, ACCOUNTS_OPERATOR_KEY_ADD, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, o->a->name);
	sql_bind_text(st, 2, hash);
	sql_bind_int(st, 3, o->now_ms);
	r = sql_run(st);
	return r < 0 ? r : get(o);
}

/* What it was is answered. */
static int revoke(struct order *o)
{
	sqlite3_stmt *st;
	int r = get(o);

	if (r >= 0)
		r = accounts_statement(o->db, ACCOUNTS_OPERATOR_KEY_REMOVE, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, o->a->name);
	return sql_run(st);
}

/* Which of them has this digest. */
static int find(struct order *o)
{
	int r = ask(o, ACCOUNTS_OPERATOR_KEY_FIND, accounts_field(o, "hash"));

	return r < 0 || o->out->n_rows ? r : err(ERR_AUTH, "this is no key of the operator's");
}

int accounts_operator_keys(struct order *o)
{
	struct span verb = o->a->verb;

	if (span_eq(verb, SPAN("list")))
		return ask(o, ACCOUNTS_OPERATOR_KEY_LIST, SPAN(""));
	return span_eq(verb, SPAN("add"))      ? add(o)
	       : span_eq(verb, SPAN("remove")) ? revoke(o)
	       : span_eq(verb, SPAN("find"))   ? find(o)
	                                       : get(o);
}
