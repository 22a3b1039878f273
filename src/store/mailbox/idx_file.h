/* store/mailbox/idx_file.h - reads an index file.  Blocks: pool threads and tools only. */
#ifndef STORE_MAILBOX_IDX_FILE_H
#define STORE_MAILBOX_IDX_FILE_H

#include "store/mailbox/array.h"

/* What is known of a file before it is opened.  serial and octets as the database has them, octets
 * 0: nothing of a file was told to count. */
struct idx_expect {
	uint32_t account, mailbox, uid_validity;
	uint32_t serial;
	uint64_t octets;
};

/* A file as far as it counts: what stands behind `octets` was written by a fold that did not end.
 */
struct idx_file {
	struct idx_header header;
	uint64_t octets; /* 0: there is none that counts */
};

struct idx_reader {
	int fd;       /* -1: the window is all there is */
	char *window; /* of the heap, unless the octets were given */
	bool given;
	size_t room;     /* of the window */
	size_t begin, n; /* of the window, not taken yet */
	uint64_t at;     /* in the file, of the next octet that is taken */
	struct idx_file file;
};
/* fd -1: the file is missing.  Reads the header, finds how far it counts: to the octet expected; of
 * a file that was rewritten since, its base.  ERR_CORRUPT: it is lost or damaged. */
NODISCARD int idx_reader_open(struct idx_reader *r, int fd, const struct idx_expect *expect);
/* The same of a file in memory, which stays. */
NODISCARD int idx_reader_open_span(struct idx_reader *r, struct span octets,
                                   const struct idx_expect *expect);
/* All that counts, into an empty array.  ERR_CORRUPT: the detail says at which octet. */
NODISCARD int idx_reader_load(struct idx_reader *r, struct box_array *out);
void idx_reader_close(struct idx_reader *r);

/* NN/ACCOUNT below `mail`, MAILBOX.idx below that. */
enum { IDX_PATH_BYTES = 40 };
void idx_dir_name(uint32_t account, char out[IDX_PATH_BYTES]);
void idx_name(uint32_t mailbox, const char *suffix, char out[IDX_PATH_BYTES]);
/* -1 and 0: there is none; else open for reading, or ERR_IO, ERR_LIMIT. */
NODISCARD int idx_open(int dir, uint32_t account, uint32_t mailbox, int *fd);

/* Opens, reads, closes.  out is empty when there is no file and none is expected. */
NODISCARD int idx_load(int dir, const struct idx_expect *expect, struct box_array *out,
                       struct idx_file *file);

#endif
