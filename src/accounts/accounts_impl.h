/* accounts/accounts_impl.h - what the files of accounts/ share. */
#ifndef ACCOUNTS_ACCOUNTS_IMPL_H
#define ACCOUNTS_ACCOUNTS_IMPL_H

#include "accounts/accounts.h"
#include "base/json.h"
#include "store/ledger/sql.h"

enum accounts_statement {
#define STATEMENT(name, text) ACCOUNTS_##name,
#include "accounts/statements.def"
#undef STATEMENT
	ACCOUNTS_STATEMENTS
};

struct accounts {
	sqlite3 *db;
	sqlite3_stmt *st[ACCOUNTS_STATEMENTS];
};

/* accounts.c: prepared at its first use. */
NODISCARD int accounts_statement(struct accounts *db, enum accounts_statement which,
                                 sqlite3_stmt **out);
/* The first column of the one row that it gives for this key; ERR_NOT_FOUND: none, or NULL. */
NODISCARD int accounts_number(struct accounts *db, enum accounts_statement which, struct span key,
                              int64_t *out);
NODISCARD int accounts_count(struct accounts *db, enum accounts_statement which, int64_t key,
                             int64_t *out);

/* rows.c: up to max rows behind `after`, or (max 0) the one of that name.  ERR_NOT_FOUND. */
struct accounts_wanted {
	struct span name; /* or after */
	int max;
	bool waiting; /* signers: those alone that have a key which is not published */
};
NODISCARD int accounts_domains(struct accounts *db, struct accounts_wanted w, struct arena *mem,
                               struct directory_tell_args *out);
NODISCARD int accounts_accounts(struct accounts *db, struct accounts_wanted w, struct arena *mem,
                                struct directory_tell_args *out);
NODISCARD int accounts_aliases(struct accounts *db, struct accounts_wanted w, struct arena *mem,
                               struct directory_tell_args *out);
/* signers.c: the same. */
NODISCARD int accounts_signers(struct accounts *db, struct accounts_wanted w, struct arena *mem,
                               struct directory_tell_args *out);

/* json.c: a row as people and programs read it; no hashes, no keys. */
NODISCARD int accounts_json(const struct directory_tell_args *rows, struct arena *mem,
                            struct directory_order_reply *out);

/* An order while it is carried out. */
struct order {
	struct accounts *db;
	const struct directory_order_args *a;
	int64_t now_ms;
	struct arena *mem;
	struct span name; /* in its one form */
	int64_t account;  /* its number; 0: none */
	struct directory_order_reply *out;
	struct accounts_done *done;
};
/* order.c: a statement about o->account; ?2, where it has one: now. */
NODISCARD int accounts_run(struct order *o, enum accounts_statement which);
/* forms.c.  Each in its one form, in mem; ERR_SYNTAX says what is wrong. */
NODISCARD int accounts_domain_form(struct span text, struct arena *mem, struct span *out);
NODISCARD int accounts_address_form(struct span text, struct arena *mem, struct span *out);
/* One that may be elsewhere: the case of its local part is its server's (RFC 5321 2.4). */
NODISCARD int accounts_target_form(struct span text, struct arena *mem, struct span *out);
struct span accounts_domain_of(struct span address);

/* app_passwords.c.  a: the account as it is. */
NODISCARD int accounts_app_password_add(struct order *o, const struct directory_account *a);
NODISCARD int accounts_app_password_remove(struct order *o);
/* What names one of several, and the digest of what was made at random. */
NODISCARD int accounts_label_check(struct span label);
NODISCARD int accounts_key_hash_check(struct span hash);
/* The i-th protocol's name if it is in the mask, else ""; NULL: there is none. */
const char *accounts_protocol(size_t i, unsigned mask);
const char *accounts_key_right(size_t i, unsigned mask);

/* operator_keys.c: all orders about them; nothing is told. */
NODISCARD int accounts_operator_keys(struct order *o);

/* signers.c: carries it out, and tells what was changed; and of a domain that is removed, whose
 * keys are added to what is gone. */
NODISCARD int accounts_signer_change(struct order *o);
NODISCARD int accounts_signer_forget(struct order *o, struct directory_tell_args *rows);

/* fields.c: each of the order's fields for its object.  ERR_SYNTAX: there is no such field. */
NODISCARD int accounts_fields_set(struct order *o);
/* The value of a field; empty when it is not given. */
struct span accounts_field(const struct order *o, const char *name);
/* Makes the address the account's (0: an alias').  ERR_NOT_FOUND: the domain is not ours,
 * ERR_EXISTS: somebody has it. */
NODISCARD int accounts_address_add(struct order *o, struct span address, int64_t account);

/* removed.c: list, show; restore, purge.  The answer is in o->done. */
NODISCARD int accounts_removed_list(struct order *o);
NODISCARD int accounts_removed_show(struct order *o);
NODISCARD int accounts_removed_change(struct order *o);
/* The mail of o->account, which was removed, is to be deleted, and nothing brings it back. */
NODISCARD int accounts_purge_begin(struct order *o);
/* 1: the next one with a higher number whose mail is to be deleted (all: or was), 0: there is none.
 */
NODISCARD int accounts_purge_next(struct accounts *db, int64_t after, bool all, struct arena *mem,
                                  struct accounts_removed *out);
NODISCARD int accounts_purge_end(struct accounts *db, int64_t account, int64_t now_ms);

/* purge.c: a fibre that does it. */
struct worker;
NODISCARD int accounts_purge_start(struct worker *thread, struct accounts *db,
                                   accounts_purging *fn);
void accounts_purge_wake(void);
WAITS void accounts_purge_stop(void);

#endif
