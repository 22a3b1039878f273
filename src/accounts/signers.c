/* accounts/signers.c - the DKIM keys of domains: their rows, and orders about them. */
#include "accounts/accounts_impl.h"
#include "crypto/dkim_crypto.h"
#include "wire/dkim/signature.h"

enum { PAGE_KEYS = 100 }; /* of 2 KiB: what one call carries */

static const char *const algorithms[] = { "rsa", "ed25519" };

/* ---- rows ---- */

static int keys_of(struct accounts *db, struct directory_signer *s, struct arena *mem)
{
	sqlite3_stmt *st;
	int got = 1, r = accounts_statement(db, ACCOUNTS_DKIM_KEYS_OF, &st);

	s->keys = arena_array(mem, struct directory_key, DIRECTORY_KEYS_MAX);
	if (r < 0 || !s->keys)
		return r < 0 ? r : ERR_NO_MEMORY;
	sql_bind_text(st, 1, s->domain);
	while (r >= 0 && s->n_keys < DIRECTORY_KEYS_MAX && (got = sql_step(st)) == 1)
		s->keys[s->n_keys++] = (struct directory_key){
			.selector = sql_column_text(st, 0, mem, &r),
			.ed25519 = span_eq(sql_column_view(st, 1), span_str(algorithms[true])),
			.secret = sql_column_text(st, 2, mem, &r),
			.record = sql_column_text(st, 3, mem, &r),
			.made_ms = sql_column_int(st, 4),
			.published = sql_column_int(st, 5),
		};
	sql_reset(st);
	return got < 0 ? got : r;
}

static int one(struct accounts *db, struct span name, struct arena *mem,
               struct directory_tell_args *out)
{
	out->signers = arena_array(mem, struct directory_signer, 1);
	if (!out->signers)
		return ERR_NO_MEMORY;
	out->signers[0].domain = name;
	int r = keys_of(db, &out->signers[0], mem);
	out->n_signers = r >= 0 && out->signers[0].n_keys;
	return r < 0 ? r : out->n_signers ? 0 : ERR_NOT_FOUND;
}

int accounts_signers(struct accounts *db, struct accounts_wanted w, struct arena *mem,
                     struct directory_tell_args *out)
{
	enum accounts_statement page = w.waiting ? ACCOUNTS_DKIM_WAITING_PAGE : ACCOUNTS_DKIM_PAGE;
	size_t n = 0, n_keys = 0;
	sqlite3_stmt *st;
	int got = 1, r;

	if (!w.max)
		return one(db, w.name, mem, out);
	out->signers = arena_array(mem, struct directory_signer, (size_t)w.max);
	r = out->signers ? accounts_statement(db, page, &st) : ERR_NO_MEMORY;
	if (r < 0)
		return r;
	sql_bind_text(st, 1, w.name);
	sql_bind_int(st, 2, w.max);
	while (r >= 0 && n < (size_t)w.max && n_keys < PAGE_KEYS && (got = sql_step(st)) == 1) {
		struct directory_signer *s = &out->signers[n++];
		s->domain = sql_column_text(st, 0, mem, &r);
		if (r >= 0)
			r = keys_of(db, s, mem);
		n_keys += s->n_keys;
	}
	sql_reset(st);
	out->n_signers = n;
	return got < 0 ? got : r;
}

/* ---- orders ---- */

static int algorithm_of(struct span word)
{
	for (size_t i = 0; i < N_ELEMS(algorithms); i++)
		if (span_eq(word, span_str(algorithms[i])))
			return (int)i;
	return err(ERR_SYNTAX, "algorithm: rsa or ed25519");
}

/* Labels of letters, digits and hyphens, in lower case (RFC 6376 3.1). */
static int selector_of(struct order *o, struct span *out)
{
	struct span given = accounts_field(o, "selector");
	size_t most = DKIM_DOMAIN_MAX - strlen("._domainkey.");

	if (accounts_domain_form(given, o->mem, out) < 0)
		return err(ERR_SYNTAX, "selector: %.*s is none such as 2026-rsa", SPAN_ARG(given));
	return out->n + o->name.n <= most ? 0 : err(ERR_TOO_LONG, "the selector is too long");
}

/* A key of its owner's, or a fresh one; and its record. */
static int key_of(const struct order *o, bool ed25519, struct buf *pem, struct buf *record)
{
	struct span given = accounts_field(o, "secret");
	struct evp_pkey_st *key;
	bool is_ed25519;
	int r = given.n ? buf_put(pem, given) : dkim_private_make(ed25519, pem);

	if (r >= 0)
		r = dkim_private_parse(buf_span(pem), &key, &is_ed25519);
	if (r < 0)
		return r;
	r = is_ed25519 == ed25519 ? dkim_private_record(key, record)
	                          : err(ERR_SYNTAX, "the key is not for %s", algorithms[ed25519]);
	dkim_private_free(&key);
	return r;
}

static int check_new(struct order *o, struct span selector)
{
	struct directory_tell_args found = { 0 };
	int r = accounts_domains(o->db, (struct accounts_wanted){ .name = o->name }, o->mem,
	                         &found);

	if (r == ERR_NOT_FOUND)
		return err(r,
		           "%.*s is not a domain of this server; postrider domain add makes it one",
		           SPAN_ARG(o->name));
	if (r >= 0)
		r = one(o->db, o->name, o->mem, &found);
	if (r < 0)
		return r == ERR_NOT_FOUND ? 0 : r;
	const struct directory_signer *s = &found.signers[0];
	for (size_t i = 0; i < s->n_keys; i++)
		if (span_eq(s->keys[i].selector, selector))
			return err(ERR_EXISTS, "%.*s has a key %.*s already; choose another name",
			           SPAN_ARG(o->name), SPAN_ARG(selector));
	return s->n_keys < DIRECTORY_KEYS_MAX
	               ? 0
	               : err(ERR_LIMIT, "a domain has at most %d keys; remove old ones before",
	                     DIRECTORY_KEYS_MAX);
}

static int insert(struct order *o, struct span selector, const char *algorithm, struct span pem,
                  struct span record)
{
	sqlite3_stmt *st;
	int r = accounts_statement(o->db, ACCOUNTS_DKIM_ADD, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, o->name);
	sql_bind_text(st, 2, selector);
	sql_bind_text(st, 3, span_str(algorithm));
	sql_bind_text(st, 4, pem);
	sql_bind_text(st, 5, record);
	sql_bind_int(st, 6, o->now_ms);
	return sql_run(st);
}

static int add(struct order *o)
{
	AUTO_BUF pem = BUF(DIRECTORY_SECRET_BYTES_MAX), record = BUF(DIRECTORY_SECRET_BYTES_MAX);
	struct span selector;
	int algorithm = algorithm_of(accounts_field(o, "algorithm"));
	int r = algorithm < 0 ? algorithm : selector_of(o, &selector);

	if (r >= 0)
		r = check_new(o, selector);
	if (r >= 0)
		r = key_of(o, algorithm, &pem, &record);
	if (r >= 0)
		r = insert(o, selector, algorithms[algorithm], buf_span(&pem), buf_span(&record));
	dkim_private_wipe(&pem);
	return r;
}

/* One key, or (remove) all of them. */
static int touch(struct order *o, enum accounts_statement which, const char *field)
{
	struct span selector = accounts_field(o, field);
	sqlite3_stmt *st;
	int r = accounts_statement(o->db, which, &st);

	if (r < 0)
		return r;
	sql_bind_text(st, 1, o->name);
	sql_bind_text_opt(st, 2, selector);
	if (which == ACCOUNTS_DKIM_PUBLISHED)
		sql_bind_int(st, 3, o->now_ms);
	r = sql_run(st);
	if (r < 0 || sqlite3_changes(o->db->db))
		return r;
	return selector.n ? err(ERR_NOT_FOUND,
	                        "%.*s has no key %.*s; postrider dkim list shows those "
	                        "there are",
	                        SPAN_ARG(o->name), SPAN_ARG(selector))
	                  : err(ERR_NOT_FOUND, "%.*s has no DKIM key", SPAN_ARG(o->name));
}

int accounts_signer_change(struct order *o)
{
	struct span verb = o->a->verb;
	int r = span_eq(verb, SPAN("add"))   ? add(o)
	        : span_eq(verb, SPAN("set")) ? touch(o, ACCOUNTS_DKIM_PUBLISHED, "published")
	                                     : touch(o, ACCOUNTS_DKIM_REMOVE, "selector");

	if (r >= 0)
		r = one(o->db, o->name, o->mem, &o->done->changed);
	if (r != ERR_NOT_FOUND || !o->done->changed.signers)
		return r;
	o->done->changed.n_signers = 1;
	o->done->changed.signers[0].gone = true;
	return 0;
}

int accounts_signer_forget(struct order *o, struct directory_tell_args *rows)
{
	sqlite3_stmt *st;
	int r = one(o->db, o->name, o->mem, rows);

	if (r == ERR_NOT_FOUND)
		return 0;
	if (r >= 0)
		r = accounts_statement(o->db, ACCOUNTS_DKIM_REMOVE, &st);
	if (r < 0)
		return r;
	sql_bind_text(st, 1, o->name);
	sql_bind_null(st, 2);
	return sql_run(st);
}
