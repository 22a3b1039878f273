/* accounts/fields.c - what of a domain, an account or an alias can be set, one row each. */
#include "accounts/accounts_impl.h"
#include "config/config_rates.h"
#include "inspect/steps/steps.h"

enum kind {
	YES_NO,
	ON_OFF,
	TAGS,    /* on, off, mailbox */
	OCTETS,  /* 500M, 5G; none */
	COUNT,   /* none */
	HASH,    /* crypt(5) */
	SCRAM,   /* SCRAM-SHA-256$... */
	DOMAIN,  /* one of ours; none */
	ADDRESS, /* none */
	TARGET,  /* of an alias */
	TARGET_OR_NONE,
	DEFENCE, /* steps=actions; none */
	RATES,   /* 200/h; off; none */
	LINE,    /* words; none */
};

/* ?1: the account's number, else the name; ?2: the value. */
static const struct field {
	const char *object, *name;
	enum kind kind;
	enum accounts_statement statement;
} fields[] = {
	{ "domain", "enabled", YES_NO, ACCOUNTS_DOMAIN_ENABLED },
	{ "domain", "alias-of", DOMAIN, ACCOUNTS_DOMAIN_ALIAS_OF },
	{ "domain", "catch-all", TARGET_OR_NONE, ACCOUNTS_DOMAIN_CATCH_ALL },
	{ "domain", "defence", DEFENCE, ACCOUNTS_DOMAIN_DEFENCE },
	{ "domain", "limit", RATES, ACCOUNTS_DOMAIN_SENDING },
	{ "account", "enabled", YES_NO, ACCOUNTS_ACCOUNT_ENABLED },
	{ "account", "hash", HASH, ACCOUNTS_ACCOUNT_HASH },
	{ "account", "scram", SCRAM, ACCOUNTS_ACCOUNT_SCRAM },
	{ "account", "tags", TAGS, ACCOUNTS_ACCOUNT_TAGS },
	{ "account", "quota", OCTETS, ACCOUNTS_ACCOUNT_QUOTA },
	{ "account", "quota-messages", COUNT, ACCOUNTS_ACCOUNT_QUOTA_MESSAGES },
	{ "account", "index", ON_OFF, ACCOUNTS_ACCOUNT_INDEXED },
	{ "account", "defence", DEFENCE, ACCOUNTS_ACCOUNT_DEFENCE },
	{ "account", "limit", RATES, ACCOUNTS_ACCOUNT_SENDING },
	{ "account", "held", LINE, ACCOUNTS_ACCOUNT_HELD },
	{ "account", "remove-address", ADDRESS, ACCOUNTS_ADDRESS_REMOVE },
	{ "alias", "to", TARGET, ACCOUNTS_TARGET_ADD },
	{ "alias", "remove-to", TARGET, ACCOUNTS_TARGET_REMOVE },
};

/* A value as it is bound. */
struct value {
	struct span text; /* p NULL: NULL */
	int64_t number;
	bool is_number;
};

static int wrong(const struct field *f, struct span value, const char *what)
{
	return err(ERR_SYNTAX, "%s: %.*s is not %s", f->name, SPAN_ARG(value), what);
}

static bool is_none(struct span s)
{
	return !s.n || span_eq(s, SPAN("none"));
}

/* Several words, each a number. */
static int word(const struct field *f, struct span value, const char *const *words, size_t n,
                const char *what, struct value *out)
{
	for (size_t i = 0; i < n; i++)
		if (span_eq(value, span_str(words[i]))) {
			*out = (struct value){ .number = (int64_t)i, .is_number = true };
			return 0;
		}
	return wrong(f, value, what);
}

/* 500, 500K, 20M, 5G, 1T: powers of 1024. */
static int octets(const struct field *f, struct span value, struct value *out)
{
	static const char units[] = "KMGT";
	struct span digits = value;
	unsigned shift = 0;
	uint64_t n = 0;
	const char *unit = value.n ? strchr(units, value.p[value.n - 1]) : NULL;
	if (unit && *unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		digits.n--;
	}
	if (!is_none(value) && span_to_u64(digits, (uint64_t)INT64_MAX >> shift, &n) < 0)
		return wrong(f, value, "a size such as 500M or 5G, or none");
	*out = (struct value){ .number = (int64_t)(n << shift), .is_number = true };
	return 0;
}

static int count(const struct field *f, struct span value, struct value *out)
{
	uint64_t n = 0;
	if (!is_none(value) && span_to_u64(value, INT64_MAX, &n) < 0)
		return wrong(f, value, "a number, or none");
	*out = (struct value){ .number = (int64_t)n, .is_number = true };
	return 0;
}

/* Letters that no hash needs would end a line of somebody's file. */
static int secret(const struct field *f, struct span value, struct span begins, size_t max,
                  struct value *out)
{
	bool good = value.n <= max && span_starts(value, begins);
	for (size_t i = 0; good && i < value.n; i++)
		good = value.p[i] > ' ' && value.p[i] < 0x7f;
	if (!good)
		return err(ERR_SYNTAX, "%s: what was given does not look like one", f->name);
	*out = (struct value){ .text = value };
	return 0;
}

static int our_domain(struct order *o, const struct field *f, struct span value, struct value *out)
{
	struct directory_tell_args found = { 0 };
	if (is_none(value))
		return 0;
	int r = accounts_domain_form(value, o->mem, &out->text);
	if (r >= 0)
		r = accounts_domains(o->db, (struct accounts_wanted){ .name = out->text }, o->mem,
		                     &found);
	if (r == ERR_NOT_FOUND || (r >= 0 && found.domains[0].alias_of.n) ||
	    (r >= 0 && span_eq(out->text, o->name)))
		return wrong(f, value, "another domain of ours that is no alias itself");
	return r;
}

/* Its own words; none: what is said before it holds, the domain's or the server's. */
static int defence(struct order *o, const struct field *f, struct span value, struct value *out)
{
	AUTO_BUF form = BUF(DIRECTORY_DEFENCE_BYTES_MAX);
	if (value.n > DIRECTORY_DEFENCE_BYTES_MAX)
		return err(ERR_SYNTAX, "%s: more than %d octets", f->name,
		           DIRECTORY_DEFENCE_BYTES_MAX);
	int r = is_none(value) ? 0 : step_actions_form(value, &form);
	return r < 0 ? r : arena_copy(o->mem, buf_span(&form), &out->text);
}

/* none: the settings' limits; off: no limit. */
static int limits_of(const struct field *f, struct span value, struct value *out)
{
	struct config_rates all;
	int r = config_rates_parse(is_none(value) ? SPAN("") : value, &all);

	if (r < 0 || value.n > DIRECTORY_LIMIT_BYTES_MAX)
		return wrong(f, value, "numbers for a time such as 200/h 1000/d, off, or none");
	out->text = is_none(value) ? SPAN("") : value;
	return 0;
}

static int line(const struct field *f, struct span value, struct value *out)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
			return wrong(f, value, "one line");
	if (value.n > DIRECTORY_HELD_BYTES_MAX)
		return err(ERR_SYNTAX, "%s: more than %d octets", f->name,
		           DIRECTORY_HELD_BYTES_MAX);
	out->text = is_none(value) ? SPAN("") : value;
	return 0;
}

static int value_of(struct order *o, const struct field *f, struct span v, struct value *out)
{
	static const char *const yes_no[] = { "no", "yes" };
	static const char *const on_off[] = { "off", "on" };
	static const char *const tags[] = { "on", "off", "mailbox" };
	*out = (struct value){ 0 };
	switch (f->kind) {
	case YES_NO: return word(f, v, yes_no, N_ELEMS(yes_no), "yes or no", out);
	case ON_OFF: return word(f, v, on_off, N_ELEMS(on_off), "on or off", out);
	case TAGS: return word(f, v, tags, N_ELEMS(tags), "on, off or mailbox", out);
	case OCTETS: return octets(f, v, out);
	case COUNT: return count(f, v, out);
	case HASH: return secret(f, v, SPAN("$"), DIRECTORY_HASH_BYTES_MAX, out);
	case SCRAM:
		return secret(f, v, v.n ? SPAN("SCRAM-SHA-256$") : SPAN(""),
		              DIRECTORY_SCRAM_BYTES_MAX, out);
	case DOMAIN: return our_domain(o, f, v, out);
	case ADDRESS: return is_none(v) ? 0 : accounts_address_form(v, o->mem, &out->text);
	case TARGET_OR_NONE: return is_none(v) ? 0 : accounts_target_form(v, o->mem, &out->text);
	case DEFENCE: return defence(o, f, v, out);
	case RATES: return limits_of(f, v, out);
	case LINE: return line(f, v, out);
	case TARGET: return accounts_target_form(v, o->mem, &out->text);
	}
	return ERR_BUG;
}

static int set(struct order *o, const struct field *f, struct span text)
{
	struct value v;
	sqlite3_stmt *st;
	int r = value_of(o, f, text, &v);
	if (r >= 0)
		r = accounts_statement(o->db, f->statement, &st);
	if (r < 0)
		return r;
	if (o->account)
		sql_bind_int(st, 1, o->account);
	else
		sql_bind_text(st, 1, o->name);
	if (v.is_number)
		sql_bind_int(st, 2, v.number);
	else if (v.text.p)
		sql_bind_text(st, 2, v.text);
	else
		sql_bind_null(st, 2);
	r = sql_run(st);
	if (r >= 0 && !sqlite3_changes(o->db->db))
		return err(f->statement == ACCOUNTS_TARGET_ADD ? ERR_EXISTS : ERR_NOT_FOUND,
		           f->statement == ACCOUNTS_TARGET_ADD
		                   ? "%.*s has that target already: %.*s"
		           : f->statement == ACCOUNTS_ADDRESS_REMOVE
		                   ? "%.*s has no further address %.*s; its first one stays"
		                   : "%.*s has no %.*s",
		           SPAN_ARG(o->name), SPAN_ARG(text));
	return r;
}

static int check_targets(struct order *o)
{
	int64_t n = 0;
	int r = accounts_number(o->db, ACCOUNTS_TARGETS_COUNT, o->name, &n);
	return r >= 0 && n > DIRECTORY_TARGETS_MAX
	               ? err(ERR_LIMIT,
	                     "an alias has at most %d targets; one of them may be "
	                     "another alias",
	                     DIRECTORY_TARGETS_MAX)
	               : r;
}

int accounts_address_add(struct order *o, struct span address, int64_t account)
{
	struct span domain = accounts_domain_of(address);
	struct directory_tell_args found = { 0 };
	sqlite3_stmt *st;
	int64_t owner;
	int r = accounts_domains(o->db, (struct accounts_wanted){ .name = domain }, o->mem, &found);
	if (r == ERR_NOT_FOUND)
		return err(ERR_NOT_FOUND,
		           "%.*s is not a domain of this server; postrider domain add makes it one",
		           SPAN_ARG(domain));
	if (r >= 0 && found.domains[0].alias_of.n)
		return err(ERR_REFUSED, "%.*s is another name of %.*s; add the address there",
		           SPAN_ARG(domain), SPAN_ARG(found.domains[0].alias_of));
	if (r >= 0)
		r = accounts_statement(o->db, ACCOUNTS_ADDRESS_OWNER, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, address);
	r = sql_step(st);
	owner = r == 1 ? sql_column_int(st, 0) : 0;
	sql_reset(st);
	if (r == 1)
		return err(ERR_EXISTS, "%.*s is there already: it is %s", SPAN_ARG(address),
		           owner == 0         ? "an alias"
		           : owner == account ? "this account's"
		                              : "an account's");
	if (r >= 0)
		r = accounts_statement(o->db, ACCOUNTS_ADDRESS_ADD, &st);
	if (r < 0)
		return r;
	if (account)
		sql_bind_int(st, 1, account);
	else
		sql_bind_null(st, 1);
	sql_bind_text(st, 2, address);
	sql_bind_text(st, 3, domain);
	return sql_run(st);
}

static int add_address(struct order *o, struct span text)
{
	struct span address;
	int64_t n = 0;
	int r = accounts_address_form(text, o->mem, &address);
	if (r >= 0)
		r = accounts_count(o->db, ACCOUNTS_ADDRESSES_COUNT, o->account, &n);
	if (r >= 0 && n >= DIRECTORY_ADDRESSES_MAX)
		return err(ERR_LIMIT, "an account has at most %d addresses",
		           DIRECTORY_ADDRESSES_MAX);
	return r < 0 ? r : accounts_address_add(o, address, o->account);
}

static int set_one(struct order *o, const struct directory_field *given)
{
	if (o->account && span_eq(given->name, SPAN("add-address")))
		return add_address(o, given->value);
	for (size_t i = 0; i < N_ELEMS(fields); i++)
		if (span_eq(o->a->object, span_str(fields[i].object)) &&
		    span_eq(given->name, span_str(fields[i].name)))
			return set(o, &fields[i], given->value);
	return err(ERR_UNKNOWN, "%.*s: no such setting of %.*s", SPAN_ARG(given->name),
	           SPAN_ARG(o->a->object));
}

int accounts_fields_set(struct order *o)
{
	int r = 0;
	for (size_t i = 0; r >= 0 && i < o->a->n_fields; i++)
		r = set_one(o, &o->a->fields[i]);
	return r < 0 || o->account ? r : check_targets(o);
}

struct span accounts_field(const struct order *o, const char *name)
{
	for (size_t i = 0; i < o->a->n_fields; i++)
		if (span_eq(o->a->fields[i].name, span_str(name)))
			return o->a->fields[i].value;
	return SPAN("");
}
