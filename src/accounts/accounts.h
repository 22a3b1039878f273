/* accounts/accounts.h - the database of who is who: directory.db in the data directory.
 *
 * Opened by the store role, or by the command line while no server runs.  SQLite, WAL, synchronous
 * FULL: what was carried out survives a power cut.  Functions of this header block but those of the
 * store role below.
 */
#ifndef ACCOUNTS_ACCOUNTS_H
#define ACCOUNTS_ACCOUNTS_H

#include "calls/directory.h"

struct accounts;

/* Opens data_dir's directory.db, made when missing, brought up to date when older.  ERR_CONFIG: a
 * newer program's; ERR_CORRUPT, ERR_NO_SPACE, ERR_IO. */
NODISCARD int accounts_open(const char *data_dir, struct accounts **out);
/* NULL is nothing. */
void accounts_close(struct accounts *db);

/* One that was removed, and whose mail is there still. */
struct accounts_removed {
	int64_t number;
	struct span name; /* what its mail is named by */
	struct span was;  /* its address */
	int64_t removed_ms;
	bool deleting;
	bool counted; /* what its mail takes, by who has it */
	uint64_t messages, octets;
};

/* What an order did besides its answer. */
struct accounts_done {
	struct directory_tell_args changed; /* for directory_tell */
	struct accounts_removed *removed;   /* what it asked for: accounts_removed_json */
	size_t n_removed;
	bool purges; /* mail is to be deleted */
};

/* Carries out an order (calls/directory.h), all of it or nothing.  now_ms: the wall clock.  Spans
 * live in mem. */
NODISCARD int accounts_order(struct accounts *db, const struct directory_order_args *a,
                             int64_t now_ms, struct arena *mem, struct directory_order_reply *out,
                             struct accounts_done *done);
/* Rows of the answer for done->removed, if it has any. */
NODISCARD int accounts_removed_json(const struct accounts_done *done, struct arena *mem,
                                    struct directory_order_reply *out);

/* Everything, in pages: start with a zeroed place; after the last page place->done. */
struct accounts_place {
	int table;
	struct span after; /* lives in the arena of the page before */
	bool done;
};
NODISCARD int accounts_page(struct accounts *db, struct accounts_place *place, struct arena *mem,
                            struct directory_tell_args *out);

/* ---- in the store role: one, on a thread of its own ---- */

/* Hears of each account and domain, and of what becomes of it (gone: it was removed), before the
 * auth role does; it must not wait. */
typedef void accounts_heard(const struct directory_account *a);
typedef void accounts_heard_domain(const struct directory_domain *d);
/* What the mail of an account takes, by its name; ERR_NOT_FOUND: it has none. */
typedef int accounts_use(struct span name, uint64_t *messages, uint64_t *octets);
/* Deletes all mail of that name, as store_account_remove. */
typedef WAITS int accounts_purging(struct span name);
/* Who keeps the mail.  Set before accounts_start. */
struct accounts_keeper {
	accounts_heard *heard;
	accounts_heard_domain *heard_domain;
	accounts_use *use;
	accounts_purging *purge;
};
void accounts_follow(const struct accounts_keeper *keeper);
/* Opens it and registers directory_order. */
NODISCARD WAITS int accounts_start(const char *data_dir);
/* The auth role is there (again): it is told everything, in a fibre of its own. */
void accounts_auth_came(void);
/* Waits for the order that is being carried out. */
WAITS void accounts_stop(void);

#endif
