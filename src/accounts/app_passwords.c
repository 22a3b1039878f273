/* accounts/app_passwords.c - passwords of an account for one program each, and what they are for.
 */
#include "accounts/accounts_impl.h"
#include "calls/ticket.h"

enum { LABEL_BYTES_MAX = 64, SENDERS_BYTES_MAX = 4096 };

struct word {
	const char *name;
	unsigned bit;
};
static const struct word protocols[] = { { "smtp", 1u << TICKET_SMTP },
	                                 { "imap", 1u << TICKET_IMAP },
	                                 { "pop3", 1u << TICKET_POP3 },
	                                 { "http", 1u << TICKET_HTTP } };
static const struct word rights[] = { { "send", DIRECTORY_KEY_SEND },
	                              { "read", DIRECTORY_KEY_READ },
	                              { "manage", DIRECTORY_KEY_MANAGE } };
enum {
	HTTP = 1u << TICKET_HTTP,
	OF_PROGRAMS = 1u << TICKET_SMTP | 1u << TICKET_IMAP | 1u << TICKET_POP3,
	OF_KEYS = DIRECTORY_KEY_SEND | DIRECTORY_KEY_READ,
};

const char *accounts_protocol(size_t i, unsigned mask)
{
	return i >= N_ELEMS(protocols) ? NULL : mask & protocols[i].bit ? protocols[i].name : "";
}

const char *accounts_key_right(size_t i, unsigned mask)
{
	return i >= N_ELEMS(rights) ? NULL : mask & rights[i].bit ? rights[i].name : "";
}

/* "smtp,imap"; nothing is `all`. */
static int words_of(struct span text, const struct word *words, size_t n, unsigned all,
                    const char *field, const char *names, unsigned *out)
{
	struct span word;

	*out = text.n ? 0 : all;
	while (span_split(&text, ',', &word)) {
		unsigned bit = 0;
		for (size_t i = 0; i < n; i++)
			if (span_eq(word, span_str(words[i].name)))
				bit = words[i].bit;
		if (!bit)
			return err(ERR_SYNTAX, "%s: %.*s is none of %s", field, SPAN_ARG(word),
			           names);
		*out |= bit;
	}
	return 0;
}

/* What it is for, and of a key what it may. */
static int mask_of(struct order *o, unsigned *out)
{
	unsigned may = 0;
	int r = words_of(accounts_field(o, "for"), protocols, N_ELEMS(protocols), OF_PROGRAMS,
	                 "for", "smtp, imap, pop3", out);

	if (r >= 0 && *out & HTTP && *out != HTTP)
		return err(ERR_SYNTAX, "for: a key is for http alone");
	if (r >= 0 && *out & HTTP)
		r = words_of(accounts_field(o, "rights"), rights, N_ELEMS(rights), OF_KEYS,
		             "rights", "send, read, manage", &may);
	*out |= may;
	return r;
}

/* "a@x,b@y", each in its one form. */
static int senders_of(struct order *o, struct buf *out)
{
	struct span text = accounts_field(o, "senders"), word, form;
	int r = 0;

	while (r >= 0 && span_split(&text, ',', &word)) {
		r = accounts_address_form(word, o->mem, &form);
		if (r >= 0 && out->n)
			buf_putc(out, ',');
		if (r >= 0)
			r = buf_put(out, form);
	}
	return r == ERR_TOO_LONG ? err(ERR_LIMIT, "senders: too many for one key") : r;
}

int accounts_label_check(struct span label)
{
	bool good = label.n && label.n <= LABEL_BYTES_MAX;

	for (size_t i = 0; good && i < label.n; i++)
		good = (unsigned char)label.p[i] >= ' ' && label.p[i] != 0x7f;
	return good ? 0
	            : err(ERR_SYNTAX, "it needs a label of at most %d octets, such as \"phone\"",
	                  LABEL_BYTES_MAX);
}

int accounts_key_hash_check(struct span hash)
{
	return span_starts(hash, SPAN("$sha256$")) && hash.n <= DIRECTORY_HASH_BYTES_MAX
	               ? 0
	               : err(ERR_SYNTAX, "hash: what was given does not look like one");
}

int accounts_app_password_add(struct order *o, const struct directory_account *a)
{
	struct span label = accounts_field(o, "label"), hash = accounts_field(o, "hash");
	AUTO_BUF senders = BUF(SENDERS_BYTES_MAX);
	unsigned mask;
	sqlite3_stmt *st;
	int r = accounts_label_check(label);

	if (r >= 0)
		r = mask_of(o, &mask);
	if (r >= 0)
		r = senders_of(o, &senders);
	if (r >= 0)
		r = accounts_key_hash_check(hash);
	for (size_t i = 0; r >= 0 && i < a->n_app_passwords; i++)
		if (span_eq(a->app_passwords[i].label, label))
			r = err(ERR_EXISTS,
			        "%.*s has one named \"%.*s\" already; revoke it, or choose "
			        "another label",
			        SPAN_ARG(o->name), SPAN_ARG(label));
	if (r >= 0 && a->n_app_passwords == DIRECTORY_APP_PASSWORDS_MAX)
		r = err(ERR_LIMIT, "an account has at most %d app passwords and keys",
		        DIRECTORY_APP_PASSWORDS_MAX);
	if (r >= 0)
		r = accounts_statement(o->db, ACCOUNTS_APP_PASSWORD_ADD, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, o->account);
	sql_bind_text(st, 2, label);
	sql_bind_text(st, 3, hash);
	sql_bind_text(st, 4, accounts_field(o, "scram"));
	sql_bind_int(st, 5, mask);
	sql_bind_int(st, 6, o->now_ms);
	sql_bind_text(st, 7, buf_span(&senders));
	return sql_run(st);
}

int accounts_app_password_remove(struct order *o)
{
	struct span label = accounts_field(o, "label");
	sqlite3_stmt *st;
	int r = accounts_statement(o->db, ACCOUNTS_APP_PASSWORD_REMOVE, &st);

	if (r < 0)
		return r;
	sql_bind_int(st, 1, o->account);
	sql_bind_text(st, 2, label);
	r = sql_run(st);
	return r < 0 || sqlite3_changes(o->db->db)
	               ? r
	               : err(ERR_NOT_FOUND, "%.*s has no app password or key \"%.*s\"",
	                     SPAN_ARG(o->name), SPAN_ARG(label));
}
