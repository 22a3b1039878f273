/* accounts/removed.c - accounts that were removed: what is left of them is brought back, or goes.
 *
 * One is named as its address and its number, carol@example.org#17; the number may be left out
 * where only one of that address is left.
 */
#include "accounts/accounts_impl.h"

enum { LIST_ROWS = 200, LINE_MAX = 4 << 10 };

/* 1: a row; 0: there are no more. */
static int next(sqlite3_stmt *st, struct arena *mem, struct accounts_removed *out)
{
	int kept = 0, r = sql_step(st);
	if (r != 1)
		return r;
	*out = (struct accounts_removed){ .number = sql_column_int(st, 0),
		                          .name = sql_column_text(st, 1, mem, &kept),
		                          .was = sql_column_text(st, 2, mem, &kept),
		                          .removed_ms = sql_column_int(st, 3),
		                          .deleting = sql_column_int(st, 4) };
	return kept < 0 ? kept : 1;
}

static int name_of(struct order *o, uint64_t *number)
{
	struct span address = o->a->name;
	ptrdiff_t at = span_find_last(address, '#');
	*number = 0;
	if (at > span_find_last(address, '@')) {
		struct span digits = span_sub(address, (size_t)at + 1, address.n);
		address.n = (size_t)at;
		if (span_to_u64(digits, INT64_MAX, number) < 0)
			return err(ERR_SYNTAX, "%.*s is no number of an account", SPAN_ARG(digits));
	}
	return accounts_address_form(address, o->mem, &o->name);
}

static int find(struct order *o, struct accounts_removed *out)
{
	struct accounts_removed found[2];
	sqlite3_stmt *st;
	uint64_t number;
	int n = 0, r = name_of(o, &number);
	if (r >= 0)
		r = accounts_statement(o->db, ACCOUNTS_REMOVED_FIND, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, o->name);
	sql_bind_int(st, 2, (int64_t)number);
	while (n < 2 && (r = next(st, o->mem, &found[n])) == 1)
		n++;
	sql_reset(st);
	if (r < 0)
		return r;
	if (!n)
		return err(ERR_NOT_FOUND,
		           "nothing is left of a removed account %.*s; postrider account list "
		           "--removed shows those of which something is",
		           SPAN_ARG(o->a->name));
	if (n > 1)
		return err(ERR_SYNTAX,
		           "more than one account %.*s was removed: name it with its number, such "
		           "as %.*s#%jd; postrider account list --removed shows them",
		           SPAN_ARG(o->name), SPAN_ARG(o->name), (intmax_t)found[0].number);
	*out = found[0];
	return 0;
}

/* ---- shown ---- */

int accounts_removed_list(struct order *o)
{
	struct accounts_removed *all = arena_array(o->mem, struct accounts_removed, LIST_ROWS);
	sqlite3_stmt *st;
	uint64_t after = 0;
	size_t n = 0;
	int r = all ? accounts_statement(o->db, ACCOUNTS_REMOVED_PAGE, &st) : ERR_NO_MEMORY;
	if (r >= 0 && o->a->after.n)
		r = span_to_u64(o->a->after, INT64_MAX, &after);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)after);
	while (n < LIST_ROWS && (r = next(st, o->mem, &all[n])) == 1)
		n++;
	sql_reset(st);
	if (r < 0)
		return r;
	o->done->removed = all;
	o->done->n_removed = n;
	if (n < LIST_ROWS)
		return 0;
	const char *last = arena_printf(o->mem, "%jd", (intmax_t)all[n - 1].number);
	o->out->after = span_str(last ? last : "");
	o->out->more = true;
	return last ? 0 : ERR_NO_MEMORY;
}

int accounts_removed_show(struct order *o)
{
	o->done->removed = arena_new(o->mem, struct accounts_removed);
	if (!o->done->removed)
		return ERR_NO_MEMORY;
	o->done->n_removed = 1;
	return find(o, o->done->removed);
}

static int put_row(const struct accounts_removed *a, struct arena *mem, struct directory_row *out)
{
	AUTO_BUF line = BUF(LINE_MAX);
	struct json j = JSON(&line);
	const char *id = arena_printf(mem, "%.*s#%jd", SPAN_ARG(a->was), (intmax_t)a->number);
	if (!id)
		return ERR_NO_MEMORY;
	json_begin_object(&j);
	json_member_span(&j, "account", span_str(id));
	json_member_span(&j, "address", a->was);
	json_member_time(&j, "removed", a->removed_ms);
	json_member_bool(&j, "deleting", a->deleting);
	if (a->counted) {
		json_member_int(&j, "messages", (int64_t)a->messages);
		json_member_int(&j, "octets", (int64_t)a->octets);
	}
	json_end_object(&j);
	return line.err ? line.err : arena_copy(mem, buf_span(&line), &out->json);
}

int accounts_removed_json(const struct accounts_done *done, struct arena *mem,
                          struct directory_order_reply *out)
{
	int r = 0;
	if (!done->n_removed)
		return 0;
	out->n_rows = 0;
	out->rows = arena_array(mem, struct directory_row, done->n_removed);
	if (!out->rows)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < done->n_removed && r >= 0; i++)
		r = put_row(&done->removed[i], mem, &out->rows[out->n_rows++]);
	return r;
}

/* ---- brought back, or deleted ---- */

/* It had its first address at its removal; a domain may have gone since. */
static int give_address(struct order *o, struct span address, bool chosen)
{
	sqlite3_stmt *st;
	int r = accounts_address_add(o, address, o->account);
	if (r == ERR_EXISTS && !chosen)
		return err(r,
		           "%.*s is somebody else's now; --as ADDRESS restores the account with "
		           "another one",
		           SPAN_ARG(address));
	if (r >= 0)
		r = accounts_statement(o->db, ACCOUNTS_RESTORE, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, o->account);
	sql_bind_text(st, 2, address);
	return sql_run(st);
}

/* With all that it had, but the addresses that somebody else has now. */
static int restore(struct order *o, const struct accounts_removed *a)
{
	struct span as = accounts_field(o, "as"), address = a->was;
	int r = 0;
	if (a->deleting)
		return err(ERR_REFUSED, "the mail of %.*s is being deleted", SPAN_ARG(a->was));
	if (as.n)
		r = accounts_address_form(as, o->mem, &address);
	o->account = a->number;
	if (r >= 0)
		r = give_address(o, address, as.n > 0);
	if (r >= 0)
		r = accounts_run(o, ACCOUNTS_FORMER_RESTORE);
	if (r >= 0)
		r = accounts_run(o, ACCOUNTS_FORMER_REMOVE);
	return r < 0 ? r
	             : accounts_accounts(o->db, (struct accounts_wanted){ address, 0 }, o->mem,
	                                 &o->done->changed);
}

int accounts_purge_begin(struct order *o)
{
	int r = accounts_run(o, ACCOUNTS_PURGE);
	if (r >= 0)
		r = accounts_run(o, ACCOUNTS_APP_PASSWORDS_REMOVE);
	if (r >= 0)
		r = accounts_run(o, ACCOUNTS_FORMER_REMOVE);
	o->done->purges = r >= 0;
	return r;
}

int accounts_removed_change(struct order *o)
{
	struct accounts_removed a;
	int r = find(o, &a);
	if (r < 0)
		return r;
	if (span_eq(o->a->verb, SPAN("restore")))
		return restore(o, &a);
	if (!span_eq(o->a->verb, SPAN("purge")))
		return err(ERR_UNKNOWN, "%.*s: no such order", SPAN_ARG(o->a->verb));
	o->account = a.number;
	r = accounts_purge_begin(o);
	return r < 0 ? r : accounts_removed_show(o);
}

/* ---- what is to be deleted ---- */

int accounts_purge_next(struct accounts *db, int64_t after, bool all, struct arena *mem,
                        struct accounts_removed *out)
{
	sqlite3_stmt *st;
	int r = accounts_statement(db, ACCOUNTS_PURGE_NEXT, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, after);
	sql_bind_int(st, 2, all);
	r = next(st, mem, out);
	sql_reset(st);
	return r;
}

int accounts_purge_end(struct accounts *db, int64_t account, int64_t now_ms)
{
	sqlite3_stmt *st;
	int r = accounts_statement(db, ACCOUNTS_PURGED, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, account);
	sql_bind_int(st, 2, now_ms);
	return sql_run(st);
}
