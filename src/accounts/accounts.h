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

/* Carries out an order (calls/directory.h), all of it or nothing.  now_ms: the wall clock.  What
 * changed comes in *changed, for directory_tell.  Spans live in mem. */
NODISCARD int accounts_order(struct accounts *db, const struct directory_order_args *a,
                             int64_t now_ms, struct arena *mem, struct directory_order_reply *out,
                             struct directory_tell_args *changed);

/* Everything, in pages: start with a zeroed place; after the last page place->done. */
struct accounts_place {
	int table;
	struct span after; /* lives in the arena of the page before */
	bool done;
};
NODISCARD int accounts_page(struct accounts *db, struct accounts_place *place, struct arena *mem,
                            struct directory_tell_args *out);

/* ---- in the store role: one, on a thread of its own ---- */

/* Hears of each account, and of what becomes of it (gone: it was removed), before the auth role
 * does.  Set before accounts_start; it must not wait. */
typedef void accounts_heard(const struct directory_account *a, void *arg);
void accounts_follow(accounts_heard *fn, void *arg);
/* Opens it and registers directory_order. */
NODISCARD WAITS int accounts_start(const char *data_dir);
/* The auth role is there (again): it is told everything, in a fibre of its own. */
void accounts_auth_came(void);
/* Waits for the order that is being carried out. */
WAITS void accounts_stop(void);

#endif
