/* accounts/rows.c - rows of the tables as calls/directory.h has them. */
#include "accounts/accounts_impl.h"

/* So much of accounts fits one call: addresses, and for two of them an (app) password. */
enum { PAGE_ROWS = 200, ADDRESS_ROWS_MAX = 1500 };

/* Runs `get` for one name, or `page`; put is called for each row. */
struct reading {
	struct accounts *db;
	struct arena *mem;
	struct directory_tell_args *out;
	sqlite3_stmt *st;
	int r; /* sticks */
};

static int rows_begin(struct reading *x, struct accounts_wanted w, enum accounts_statement get,
                      enum accounts_statement page)
{
	int r = accounts_statement(x->db, w.max ? page : get, &x->st);
	if (r < 0)
		return r;
	sql_bind_text(x->st, 1, w.name);
	if (w.max)
		sql_bind_int(x->st, 2, w.max);
	return 0;
}

static int rows_end(struct reading *x, struct accounts_wanted w, size_t n)
{
	sql_reset(x->st);
	if (x->r >= 0 && !w.max && !n)
		return ERR_NOT_FOUND;
	return x->r < 0 ? x->r : 0;
}

static bool next(struct reading *x)
{
	if (x->r >= 0)
		x->r = sql_step(x->st);
	return x->r == 1;
}

static struct span text(struct reading *x, int column)
{
	return sql_column_text(x->st, column, x->mem, &x->r);
}

/* All addresses that the statement gives for the key that is bound; at most max. */
static int addresses(struct reading *x, sqlite3_stmt *st, size_t max,
                     struct directory_address **out, size_t *n)
{
	struct reading list = { x->db, x->mem, NULL, st, 0 };
	struct directory_address *all = NULL;
	size_t room = 0, count = 0;
	while (next(&list) && count < max) {
		if (count == room) {
			room = room ? 4 * room : 2;
			struct directory_address *more =
			        arena_array(x->mem, struct directory_address, room);
			if (more && count)
				memcpy(more, all, count * sizeof *all);
			all = more;
		}
		if (!all) {
			list.r = ERR_NO_MEMORY;
			break;
		}
		all[count++].address = text(&list, 0);
	}
	sql_reset(st);
	*out = all;
	*n = count;
	return list.r < 0 ? list.r : 0;
}

int accounts_domains(struct accounts *db, struct accounts_wanted w, struct arena *mem,
                     struct directory_tell_args *out)
{
	struct reading x = { db, mem, out, NULL, 0 };
	int max = w.max ? w.max : 1;
	out->domains = arena_array(mem, struct directory_domain, (size_t)max);
	int r = out->domains ? rows_begin(&x, w, ACCOUNTS_DOMAIN_GET, ACCOUNTS_DOMAIN_PAGE)
	                     : ERR_NO_MEMORY;
	if (r < 0)
		return r;
	while (next(&x) && out->n_domains < (size_t)max)
		out->domains[out->n_domains++] =
		        (struct directory_domain){ .name = text(&x, 0),
			                           .enabled = sql_column_int(x.st, 1),
			                           .alias_of = text(&x, 2),
			                           .catch_all = text(&x, 3),
			                           .defence = text(&x, 4),
			                           .limit = text(&x, 5) };
	return rows_end(&x, w, out->n_domains);
}

static int app_passwords(struct reading *x, struct directory_account *a)
{
	struct reading list = { x->db, x->mem, NULL, NULL, 0 };
	int r = accounts_statement(x->db, ACCOUNTS_APP_PASSWORDS_OF, &list.st);
	if (r < 0)
		return r;
	sql_bind_int(list.st, 1, a->number);
	while (next(&list) && a->n_app_passwords < DIRECTORY_APP_PASSWORDS_MAX) {
		if (!a->app_passwords)
			a->app_passwords = arena_array(x->mem, struct directory_app_password,
			                               DIRECTORY_APP_PASSWORDS_MAX);
		if (!a->app_passwords) {
			list.r = ERR_NO_MEMORY;
			break;
		}
		a->app_passwords[a->n_app_passwords++] = (struct directory_app_password){
			.label = text(&list, 0),
			.hash = text(&list, 1),
			.scram = text(&list, 2),
			.protocols = (uint16_t)sql_column_int(list.st, 3),
			.made_ms = sql_column_int(list.st, 4),
			.senders = text(&list, 5),
		};
	}
	sql_reset(list.st);
	return list.r < 0 ? list.r : 0;
}

static int account_lists(struct reading *x, struct directory_account *a)
{
	sqlite3_stmt *st;
	int r = accounts_statement(x->db, ACCOUNTS_ADDRESSES_OF, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, a->number);
	r = addresses(x, st, DIRECTORY_ADDRESSES_MAX, &a->addresses, &a->n_addresses);
	return r < 0 ? r : app_passwords(x, a);
}

int accounts_accounts(struct accounts *db, struct accounts_wanted w, struct arena *mem,
                      struct directory_tell_args *out)
{
	struct reading x = { db, mem, out, NULL, 0 };
	int max = w.max ? w.max : 1;
	size_t n = 0, n_addresses = 0;
	out->accounts = arena_array(mem, struct directory_account, (size_t)max);
	int r = out->accounts ? rows_begin(&x, w, ACCOUNTS_ACCOUNT_GET, ACCOUNTS_ACCOUNT_PAGE)
	                      : ERR_NO_MEMORY;
	if (r < 0)
		return r;
	while (n < (size_t)max && n_addresses < ADDRESS_ROWS_MAX && next(&x)) {
		struct directory_account *a = &out->accounts[n++];
		*a = (struct directory_account){ .number = (uint32_t)sql_column_int(x.st, 0),
			                         .name = text(&x, 1),
			                         .address = text(&x, 2),
			                         .enabled = sql_column_int(x.st, 3),
			                         .hash = text(&x, 4),
			                         .scram = text(&x, 5),
			                         .tags = (uint8_t)sql_column_int(x.st, 6),
			                         .made_ms = sql_column_int(x.st, 9) };
		a->quota_octets = (uint64_t)sql_column_int(x.st, 7);
		a->quota_messages = (uint64_t)sql_column_int(x.st, 8);
		a->indexed = sql_column_int(x.st, 10);
		a->defence = text(&x, 11);
		a->limit = text(&x, 12);
		a->held = text(&x, 13);
		if (x.r >= 0 && (r = account_lists(&x, a)) < 0)
			x.r = r;
		n_addresses += a->n_addresses + 2 * a->n_app_passwords + 2;
	}
	out->n_accounts = n;
	return rows_end(&x, w, n);
}

int accounts_aliases(struct accounts *db, struct accounts_wanted w, struct arena *mem,
                     struct directory_tell_args *out)
{
	struct reading x = { db, mem, out, NULL, 0 };
	int max = w.max ? w.max : 1;
	size_t n = 0, n_targets = 0;
	out->aliases = arena_array(mem, struct directory_alias, (size_t)max);
	int r = out->aliases ? rows_begin(&x, w, ACCOUNTS_ALIAS_GET, ACCOUNTS_ALIAS_PAGE)
	                     : ERR_NO_MEMORY;
	sqlite3_stmt *targets;
	if (r >= 0)
		r = accounts_statement(db, ACCOUNTS_TARGETS_OF, &targets);
	if (r < 0)
		return r;
	while (n < (size_t)max && n_targets < DIRECTORY_TARGETS_MAX && next(&x)) {
		struct directory_alias *a = &out->aliases[n++];
		a->address = text(&x, 0);
		sql_bind_text(targets, 1, a->address);
		if (x.r >= 0 && (r = addresses(&x, targets, DIRECTORY_TARGETS_MAX, &a->targets,
		                               &a->n_targets)) < 0)
			x.r = r;
		n_targets += a->n_targets;
	}
	out->n_aliases = n;
	return rows_end(&x, w, n);
}

int accounts_page(struct accounts *db, struct accounts_place *place, struct arena *mem,
                  struct directory_tell_args *out)
{
	static int (*const tables[])(struct accounts *, struct accounts_wanted, struct arena *,
	                             struct directory_tell_args *) = {
		accounts_domains, accounts_accounts, accounts_aliases, accounts_signers
	};
	int r = tables[place->table](
	        db, (struct accounts_wanted){ .name = place->after, .max = PAGE_ROWS }, mem, out);
	if (r < 0)
		return r;
	place->after = out->n_domains    ? out->domains[out->n_domains - 1].name
	               : out->n_accounts ? out->accounts[out->n_accounts - 1].address
	               : out->n_aliases  ? out->aliases[out->n_aliases - 1].address
	               : out->n_signers  ? out->signers[out->n_signers - 1].domain
	                                 : SPAN("");
	if (!place->after.n)
		place->done = ++place->table == (int)N_ELEMS(tables);
	return 0;
}
