/* fulltext/file.h - the index of one account: a database that may be thrown away at any time.
 *
 * Blocks; one thread.  A *doc* is the text of one (message, recipient): the pair that an entry of a
 * mailbox refers to.  Entries share it.  What is expunged leaves with its text.
 *
 *   ERR_CORRUPT  the file is damaged, or of another format: remove it
 */
#ifndef FULLTEXT_FILE_H
#define FULLTEXT_FILE_H

#include "base/arena.h"
#include "base/err.h"

/* Of the tables, and of what wire/message/search makes of a message: another one is made anew. */
enum { FULLTEXT_FORMAT = 2 };

struct fulltext_file;

/* Made when it is missing. */
NODISCARD int fulltext_file_open(const char *path, struct fulltext_file **out);
void fulltext_file_close(struct fulltext_file *f); /* NULL is permitted */
/* With what SQLite has beside it. */
void fulltext_file_remove(const char *path);

NODISCARD int fulltext_begin(struct fulltext_file *f);
/* r < 0: rolls back, and returns r. */
NODISCARD int fulltext_end(struct fulltext_file *f, int r);

/* How far a mailbox is indexed: entries below uid, without those that were gone at modseq. */
struct fulltext_place {
	uint32_t mailbox, uid;
	uint64_t modseq;
};
NODISCARD int fulltext_places(struct fulltext_file *f, struct arena *mem,
                              struct fulltext_place **out, size_t *n);
NODISCARD int fulltext_settle(struct fulltext_file *f, const struct fulltext_place *place);

/* 1 and *doc; 0: there is none. */
NODISCARD int fulltext_doc(struct fulltext_file *f, uint64_t message, uint32_t recipient,
                           int64_t *doc);
/* text: folded, without a NUL. */
NODISCARD int fulltext_doc_add(struct fulltext_file *f, uint64_t message, uint32_t recipient,
                               struct span text, int64_t *doc);
NODISCARD int fulltext_entry_add(struct fulltext_file *f, uint32_t mailbox, uint32_t uid,
                                 int64_t doc);
/* Entries first .. last are gone: at most so many of them leave at once.  1: there are more. */
NODISCARD int fulltext_gone(struct fulltext_file *f, uint32_t mailbox, uint32_t first,
                            uint32_t last, int max);
/* The mailbox is gone, and no entry of it is left. */
NODISCARD int fulltext_forget(struct fulltext_file *f, uint32_t mailbox);

/* Which of the entries first .. last, of at most max of them, may hold each of the needles
 * (folded)?  bits: for the k-th needle from octet k * ((n + 7) / 8) on, one for each UID, its
 * lowest first; set: it may. */
struct fulltext_found {
	uint32_t *uids;
	size_t n;
	bool more; /* entries behind them */
	uint8_t *bits;
};
NODISCARD int fulltext_find(struct fulltext_file *f, uint32_t mailbox, uint32_t first,
                            uint32_t last, size_t max, const struct span *needles, size_t n_needles,
                            struct arena *mem, struct fulltext_found *out);

#endif
