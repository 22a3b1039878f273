/* store/read_impl.h - what the files that read messages share: a question, answered on a reader's
 * thread.
 */
#ifndef STORE_READ_IMPL_H
#define STORE_READ_IMPL_H

#include "store/store_impl.h"

struct read_job {
	struct store *sp;
	uint64_t id;
	struct ledger_place place;
	bool known;                              /* place is */
	int (*read)(struct read_job *j, int fd); /* what is wanted */
	uint64_t offset;
	size_t max;
	struct buf *out;
	uint32_t recipient;
	struct arena *mem;
	struct span *prefix;
	int file; /* -1: none */
	void *arg;
};

/* Finds the message and calls j->read with its segment, again where it was moved meanwhile. */
NODISCARD WAITS int read_run(struct read_job *j);
/* After it was read: was the segment there all the time? */
bool read_was_there(const struct store *sp, uint64_t segment);

/* ---- on the reader's thread; fd: the segment ---- */

/* One try of it.  ERR_NOT_FOUND: the ledger may be behind. */
NODISCARD int read_try(struct ledger_reader *reader, struct read_job *j);

/* The lengths that a message's payload begins with. */
struct read_front_of {
	uint32_t head, prefix, header;
};
NODISCARD int read_front(const struct read_job *j, int fd, struct read_front_of *out);
/* [at, at + n) of the record. */
NODISCARD int read_some(const struct read_job *j, int fd, uint64_t at, size_t n, struct buf *out);
/* The message's record, without its content; lives in mem. */
NODISCARD int read_message(const struct read_job *j, int fd, const struct read_front_of *front,
                           struct arena *mem, struct record_message *out);
/* The prefix that j->recipient has for itself. */
NODISCARD int read_prefix(const struct read_job *j, int fd, const struct read_front_of *front,
                          struct arena *mem, struct span *out);
/* [j->offset, j->offset + j->max) of the content into j->out. */
NODISCARD int read_content(struct read_job *j, int fd);

#endif
