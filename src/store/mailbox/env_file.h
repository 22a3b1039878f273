/* store/mailbox/env_file.h - envelope files.  Blocks: pool and worker threads only. */
#ifndef STORE_MAILBOX_ENV_FILE_H
#define STORE_MAILBOX_ENV_FILE_H

#include "base/buf.h"
#include "store/mailbox/env.h"

/* Reads records, of whatever generation, and keeps what it read for the next. */
struct env_reader {
	int dir; /* of the account; borrowed; -1: there is none */
	uint32_t account;
	uint32_t generation; /* of fd, 0: none is open */
	int fd;              /* -1: no such file */
	char *window;
	uint64_t at; /* of the window, in the file */
	size_t n;
};
NODISCARD int env_reader_init(struct env_reader *r, int dir, uint32_t account);
/* What is known of the message (0: of any), if it stands there.  until: records up to there will be
 * asked for soon; valid until the next call.  Empty: it is not there, or does not check.  ERR_IO.
 */
NODISCARD int env_reader_get(struct env_reader *r, uint64_t place, uint64_t message, uint64_t until,
                             struct span *out);
void env_reader_fini(struct env_reader *r);

/* Appends to the present generation's file. */
struct env_writer {
	int fd; /* -1: nothing was put yet */
	int dir;
	uint32_t account, generation;
	uint64_t end; /* of the file, what waits in buf included */
	struct buf buf;
};
/* The highest generation in dir, 0: there is none.  Those below `remove_below` are removed. */
NODISCARD int env_generation(int dir, uint32_t remove_below, uint32_t *out);
void env_writer_init(struct env_writer *w, int dir, uint32_t account, uint32_t generation);
/* Gives the record a place.  ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY. */
NODISCARD int env_writer_put(struct env_writer *w, const struct env_record *record,
                             uint64_t *place);
/* What waits goes into the file. */
NODISCARD int env_writer_flush(struct env_writer *w);
void env_writer_fini(struct env_writer *w);

/* How many records a file has, by their headers; 0: no such file. */
NODISCARD int env_count(int dir, uint32_t account, uint32_t generation, uint64_t *records,
                        uint64_t *octets);

#endif
