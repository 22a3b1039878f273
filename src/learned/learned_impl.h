/* learned/learned_impl.h - what the files of this folder share. */
#ifndef LEARNED_LEARNED_IMPL_H
#define LEARNED_LEARNED_IMPL_H

#include "base/arena.h"
#include "base/buf.h"
#include "classify/table.h"
#include "learned/learned.h"

/* One account's; loaded: it is in memory. */
struct learned {
	char *account;
	struct classify_table table;
	bool loaded, dirty;
	uint64_t used;
};

/* learned.c: the server's has the name "". */
struct learned *learned_server(void);
/* That of an account.  *out NULL: it has told nothing, and `make` is not set.  Good until something
 * waits. */
NODISCARD WAITS int learned_get(struct span account, bool make, struct learned **out);
/* It has changed, and is written soon. */
void learned_changed(struct learned *l);

/* serve.c */
void learned_serve(const struct settings *set);
void learned_serve_end(void);

/* file.c: the database, on its thread. */
NODISCARD int learned_file_open(const char *data_dir);
void learned_file_close(void);
/* Calls fn with the name of each that is there.  At the start alone. */
NODISCARD int learned_file_names(int (*fn)(struct span account));
/* Appends its octets; nothing when there is none. */
NODISCARD WAITS int learned_file_get(struct span account, struct buf *out);
NODISCARD WAITS int learned_file_put(struct span account, struct span octets);
NODISCARD WAITS int learned_file_remove(struct span account);

#endif
