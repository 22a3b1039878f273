/* accounts/app_passwords.c - passwords of an account for one program each, and what they are for.
 */
#include "accounts/accounts_impl.h"
#include "calls/ticket.h"

static const struct {
	const char *name;
	unsigned bit;
} protocols[] = { { "smtp", 1u << TICKET_SMTP },
	          { "imap", 1u << TICKET_IMAP },
	          { "pop3", 1u << TICKET_POP3 } };

enum { LABEL_BYTES_MAX = 64 };

const char *accounts_protocol(size_t i, unsigned mask)
{
	return i >= N_ELEMS(protocols) ? NULL : mask & protocols[i].bit ? protocols[i].name : "";
}

/* "smtp,imap"; nothing is all. */
static int protocols_of(struct span text, unsigned *out)
{
	struct span word;

	*out = 0;
	for (size_t i = 0; !text.n && i < N_ELEMS(protocols); i++)
		*out |= protocols[i].bit;
	while (span_split(&text, ',', &word)) {
		unsigned bit = 0;
		for (size_t i = 0; i < N_ELEMS(protocols); i++)
			if (span_eq(word, span_str(protocols[i].name)))
				bit = protocols[i].bit;
		if (!bit)
			return err(ERR_SYNTAX, "for: %.*s is none of smtp, imap, pop3",
			           SPAN_ARG(word));
		*out |= bit;
	}
	return 0;
}

static int check_label(struct span label)
{
	bool good = label.n && label.n <= LABEL_BYTES_MAX;

	for (size_t i = 0; good && i < label.n; i++)
		good = (unsigned char)label.p[i] >= ' ' && label.p[i] != 0x7f;
	return good ? 0
	            : err(ERR_SYNTAX,
	                  "an app password needs a label of at most %d octets, such as \"phone\"",
	                  LABEL_BYTES_MAX);
}

int accounts_app_password_add(struct order *o, const struct directory_account *a)
{
	struct span label = accounts_field(o, "label"), hash = accounts_field(o, "hash");
	unsigned mask;
	sqlite3_stmt *st;
	int r = check_label(label);

	if (r >= 0)
		r = protocols_of(accounts_field(o, "for"), &mask);
	if (r >= 0 && (!span_starts(hash, SPAN("$sha256$")) || hash.n > DIRECTORY_HASH_BYTES_MAX))
		r = err(ERR_SYNTAX, "hash: what was given does not look like one");
	for (size_t i = 0; r >= 0 && i < a->n_app_passwords; i++)
		if (span_eq(a->app_passwords[i].label, label))
			r = err(ERR_EXISTS,
			        "%.*s has an app password \"%.*s\" already; revoke it, or choose "
			        "another label",
			        SPAN_ARG(o->name), SPAN_ARG(label));
	if (r >= 0 && a->n_app_passwords == DIRECTORY_APP_PASSWORDS_MAX)
		r = err(ERR_LIMIT, "an account has at most %d app passwords",
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
	               : err(ERR_NOT_FOUND, "%.*s has no app password \"%.*s\"", SPAN_ARG(o->name),
	                     SPAN_ARG(label));
}
