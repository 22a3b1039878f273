/* accounts/order.c - an order, carried out in one transaction. */
#include "accounts/accounts_impl.h"

enum { LIST_ROWS = 200 };

/* ---- the row that the order is about, as it is then ---- */

static int domain_row(struct order *o, struct directory_tell_args *rows)
{
	int r = accounts_domains(o->db, (struct accounts_wanted){ .name = o->name }, o->mem, rows);
	return r == ERR_NOT_FOUND ? err(r,
	                                "there is no domain %.*s here; postrider domain list shows "
	                                "those there are",
	                                SPAN_ARG(o->name))
	                          : r;
}

static int account_row(struct order *o, struct directory_tell_args *rows)
{
	int r = accounts_accounts(o->db, (struct accounts_wanted){ .name = o->name }, o->mem, rows);
	if (r == ERR_NOT_FOUND)
		return err(r,
		           "there is no account %.*s; postrider account list shows those there are",
		           SPAN_ARG(o->name));
	if (r >= 0)
		o->account = rows->accounts[0].number;
	return r;
}

static int alias_row(struct order *o, struct directory_tell_args *rows)
{
	int r = accounts_aliases(o->db, (struct accounts_wanted){ .name = o->name }, o->mem, rows);
	return r == ERR_NOT_FOUND
	               ? err(r,
	                     "there is no alias %.*s; postrider alias list shows those there are",
	                     SPAN_ARG(o->name))
	               : r;
}

/* Of a domain that has no keys, too. */
static int signer_row(struct order *o, struct directory_tell_args *rows)
{
	struct directory_tell_args domain = { 0 };
	int r = domain_row(o, &domain);

	if (r >= 0)
		r = accounts_signers(o->db, (struct accounts_wanted){ .name = o->name }, o->mem,
		                     rows);
	if (r != ERR_NOT_FOUND || !rows->signers)
		return r;
	rows->n_signers = 1;
	return 0;
}

/* ---- add ---- */

static int domain_add(struct order *o)
{
	struct directory_tell_args there = { 0 };
	sqlite3_stmt *st;
	int r = accounts_domains(o->db, (struct accounts_wanted){ .name = o->name }, o->mem,
	                         &there);
	if (r >= 0)
		return err(ERR_EXISTS, "the domain %.*s is there already", SPAN_ARG(o->name));
	if (r == ERR_NOT_FOUND)
		r = accounts_statement(o->db, ACCOUNTS_DOMAIN_ADD, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, o->name);
	sql_bind_int(st, 2, o->now_ms);
	return sql_run(st);
}

static int account_insert(struct order *o, struct span name)
{
	sqlite3_stmt *st;
	int r = accounts_statement(o->db, ACCOUNTS_ACCOUNT_ADD, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, name);
	sql_bind_text(st, 2, o->name);
	sql_bind_int(st, 3, o->now_ms);
	r = sql_run(st);
	o->account = sqlite3_last_insert_rowid(o->db->db);
	return r;
}

/* Its mail is named by what no other account's was: behind the address stands its number. */
static int account_insert_again(struct order *o)
{
	sqlite3_stmt *st;
	const char *name = arena_printf(o->mem, "%.*s#", SPAN_ARG(o->name));
	int r = name ? account_insert(o, span_str(name)) : ERR_NO_MEMORY;
	if (r >= 0)
		r = accounts_statement(o->db, ACCOUNTS_ACCOUNT_NAME, &st);
	if (r < 0)
		return r;
	name = arena_printf(o->mem, "%.*s#%jd", SPAN_ARG(o->name), (intmax_t)o->account);
	if (!name)
		return ERR_NO_MEMORY;
	sql_bind_int(st, 1, o->account);
	sql_bind_text(st, 2, span_str(name));
	return sql_run(st);
}

static int account_add(struct order *o)
{
	struct directory_tell_args there = { 0 };
	int64_t known;
	if (!accounts_field(o, "hash").n)
		return err(ERR_SYNTAX, "an account needs a password");
	int r = accounts_accounts(o->db, (struct accounts_wanted){ .name = o->name }, o->mem,
	                          &there);
	if (r >= 0)
		return err(ERR_EXISTS,
		           "%.*s is there already; postrider account password changes its password",
		           SPAN_ARG(o->name));
	if (r == ERR_NOT_FOUND)
		r = accounts_number(o->db, ACCOUNTS_ACCOUNT_KNOWN, o->name, &known);
	if (r >= 0)
		r = account_insert_again(o);
	else if (r == ERR_NOT_FOUND)
		r = account_insert(o, o->name);
	return r < 0 ? r : accounts_address_add(o, o->name, o->account);
}

static int alias_add(struct order *o)
{
	if (!accounts_field(o, "to").n)
		return err(ERR_SYNTAX, "an alias needs at least one target");
	return accounts_address_add(o, o->name, 0);
}

/* ---- remove ---- */

int accounts_run(struct order *o, enum accounts_statement which)
{
	sqlite3_stmt *st;
	int r = accounts_statement(o->db, which, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, o->account);
	if (sqlite3_bind_parameter_count(st) > 1)
		sql_bind_int(st, 2, o->now_ms);
	return sql_run(st);
}

static int run_named(struct order *o, enum accounts_statement which)
{
	sqlite3_stmt *st;
	int r = accounts_statement(o->db, which, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, o->name);
	return sql_run(st);
}

static int domain_remove(struct order *o, struct directory_tell_args *rows)
{
	int64_t uses = 0;
	int r = accounts_number(o->db, ACCOUNTS_DOMAIN_USES, o->name, &uses);
	if (r >= 0 && uses)
		return err(ERR_REFUSED,
		           "%.*s has addresses or other names still: remove its accounts, aliases "
		           "and alias domains before",
		           SPAN_ARG(o->name));
	if (r >= 0)
		r = accounts_signer_forget(o, rows);
	return r < 0 ? r : run_named(o, ACCOUNTS_DOMAIN_REMOVE);
}

/* Its mail stays, and what brings it back, unless that is to go too. */
static int account_remove(struct order *o, UNUSED struct directory_tell_args *rows)
{
	int r = accounts_run(o, ACCOUNTS_FORMER_PUT);
	if (r >= 0)
		r = accounts_run(o, ACCOUNTS_ADDRESSES_REMOVE);
	if (r >= 0)
		r = accounts_run(o, ACCOUNTS_ACCOUNT_REMOVE);
	if (r >= 0 && span_eq(accounts_field(o, "delete-mail"), SPAN("yes")))
		r = accounts_purge_begin(o);
	return r;
}

static int alias_remove(struct order *o, UNUSED struct directory_tell_args *rows)
{
	return run_named(o, ACCOUNTS_ALIAS_REMOVE);
}

/* Of an account that stays. */
static int change_app_password(struct order *o)
{
	struct directory_tell_args before = { 0 };
	int r = account_row(o, &before);
	if (r >= 0 && span_eq(o->a->verb, SPAN("add")))
		r = accounts_app_password_add(o, &before.accounts[0]);
	else if (r >= 0)
		r = span_eq(o->a->verb, SPAN("remove")) ? accounts_app_password_remove(o)
		                                        : ERR_UNKNOWN;
	return r < 0 ? r : account_row(o, &o->done->changed);
}

/* ---- which order it is ---- */

static const struct object {
	const char *name;
	int (*form)(struct span text, struct arena *mem, struct span *out);
	int (*row)(struct order *o, struct directory_tell_args *rows);
	int (*rows)(struct accounts *, struct accounts_wanted, struct arena *,
	            struct directory_tell_args *);
	/* Either of the two below, or what does it all and has told what was changed. */
	int (*change)(struct order *o);
	int (*add)(struct order *o);
	int (*remove)(struct order *o, struct directory_tell_args *rows); /* of what was there */
} objects[] = {
	{ "domain", accounts_domain_form, domain_row, accounts_domains, NULL, domain_add,
	  domain_remove },
	{ "account", accounts_address_form, account_row, accounts_accounts, NULL, account_add,
	  account_remove },
	{ "alias", accounts_address_form, alias_row, accounts_aliases, NULL, alias_add,
	  alias_remove },
	/* name: of its account, which is what is told and shown */
	{ "app-password", accounts_address_form, account_row, accounts_accounts,
	  change_app_password, NULL, NULL },
	/* name: of its domain */
	{ "dkim", accounts_domain_form, signer_row, accounts_signers, accounts_signer_change, NULL,
	  NULL },
};

static void mark_gone(struct directory_tell_args *rows)
{
	for (size_t i = 0; i < rows->n_domains; i++)
		rows->domains[i].gone = true;
	for (size_t i = 0; i < rows->n_accounts; i++)
		rows->accounts[i].gone = true;
	for (size_t i = 0; i < rows->n_aliases; i++)
		rows->aliases[i].gone = true;
	for (size_t i = 0; i < rows->n_signers; i++)
		rows->signers[i].gone = true;
}

static int change(struct order *o, const struct object *x)
{
	if (x->change)
		return x->change(o);
	struct span verb = o->a->verb;
	bool adds = span_eq(verb, SPAN("add")), removes = span_eq(verb, SPAN("remove"));
	struct directory_tell_args before = { 0 };
	int r = adds ? x->add(o) : x->row(o, &before);
	if (r >= 0 && removes) {
		r = x->remove(o, &before);
		mark_gone(&before);
		o->done->changed = before;
		return r;
	}
	if (r >= 0)
		r = accounts_fields_set(o);
	return r < 0 ? r : x->row(o, &o->done->changed);
}

static int list(struct order *o, const struct object *x)
{
	struct directory_tell_args rows = { 0 };
	struct accounts_wanted w = { .name = o->a->after,
		                     .max = LIST_ROWS,
		                     .waiting = accounts_field(o, "waiting").n > 0 };
	int r = x->rows(o->db, w, o->mem, &rows);
	if (r < 0)
		return r;
	o->out->after = rows.n_domains    ? rows.domains[rows.n_domains - 1].name
	                : rows.n_accounts ? rows.accounts[rows.n_accounts - 1].address
	                : rows.n_aliases  ? rows.aliases[rows.n_aliases - 1].address
	                : rows.n_signers  ? rows.signers[rows.n_signers - 1].domain
	                                  : SPAN("");
	o->out->more = o->out->after.n > 0;
	return accounts_json(&rows, o->mem, o->out);
}

static int show(struct order *o, const struct object *x)
{
	struct directory_tell_args rows = { 0 };
	int r = x->row(o, &rows);
	return r < 0 ? r : accounts_json(&rows, o->mem, o->out);
}

/* One transaction; what it has changed is told only when it is kept. */
static int change_kept(struct order *o, const struct object *x)
{
	int r = sql_exec(o->db->db, "BEGIN IMMEDIATE");
	if (r >= 0)
		r = change(o, x);
	if (r >= 0)
		r = accounts_json(&o->done->changed, o->mem, o->out);
	if (r >= 0)
		r = sql_exec(o->db->db, "COMMIT");
	if (r < 0) {
		*o->done = (struct accounts_done){ 0 };
		sql_rollback(o->db->db);
	}
	return r;
}

static const struct object *object_of(struct span name)
{
	for (size_t i = 0; i < N_ELEMS(objects); i++)
		if (span_eq(name, span_str(objects[i].name)))
			return &objects[i];
	return NULL;
}

static int carry_out(struct order *o, const struct object *x)
{
	static const char *const changing[] = { "add", "set", "remove" };
	struct span verb = o->a->verb;
	if (span_eq(verb, SPAN("list")))
		return list(o, x);
	int r = x->form(o->a->name, o->mem, &o->name);
	if (r >= 0 && span_eq(verb, SPAN("show")))
		return show(o, x);
	for (size_t i = 0; r >= 0 && i < N_ELEMS(changing); i++)
		if (span_eq(verb, span_str(changing[i])))
			return change_kept(o, x);
	return r < 0 ? r : err(ERR_UNKNOWN, "%.*s: no such order", SPAN_ARG(verb));
}

static int carry_out_removed(struct order *o)
{
	static const struct object removed = { .name = "removed",
		                               .change = accounts_removed_change };
	if (span_eq(o->a->verb, SPAN("list")))
		return accounts_removed_list(o);
	return span_eq(o->a->verb, SPAN("show")) ? accounts_removed_show(o)
	                                         : change_kept(o, &removed);
}

int accounts_order(struct accounts *db, const struct directory_order_args *a, int64_t now_ms,
                   struct arena *mem, struct directory_order_reply *out, struct accounts_done *done)
{
	struct order o = {
		.db = db, .a = a, .now_ms = now_ms, .mem = mem, .out = out, .done = done
	};
	const struct object *x = object_of(a->object);
	*out = (struct directory_order_reply){ 0 };
	*done = (struct accounts_done){ 0 };
	if (a->n_fields > DIRECTORY_FIELDS_MAX)
		return err(ERR_LIMIT, "more than %d settings at once", DIRECTORY_FIELDS_MAX);
	if (span_eq(a->object, SPAN("removed")))
		return carry_out_removed(&o);
	if (span_eq(a->object, SPAN("operator-key")))
		return accounts_operator_keys(&o);
	return x ? carry_out(&o, x)
	         : err(ERR_UNKNOWN, "no such thing as %.*s", SPAN_ARG(a->object));
}
