/* store/journal/segfile.h - segments as files: made, recycled, read.
 *
 * All functions block and run on a pool thread (offload) or in a tool.  Floor 2.
 * Names in the journal directory: NNNNNNNNNNNN.seg is segment N; NNNNNNNNNNNN.spare
 * is a dead one that waits to become a new one; `new` is being filled with zeros.
 */
#ifndef STORE_SEGFILE_H
#define STORE_SEGFILE_H

#include "base/buf.h"
#include "store/journal/segment.h"

enum { SEGFILE_NAME_BYTES = 32 };

void segfile_name(uint64_t number, const char *suffix, char out[SEGFILE_NAME_BYTES]);

/* Makes segment `number` of `size` octets: from the spare of that number (0: none), else
 * by writing zeros, so that commits later overwrite and never grow a file.  It is synced,
 * and so is its name.  Returns the descriptor; ERR_NO_SPACE, ERR_IO. */
NODISCARD int segfile_make(int dir, uint64_t number, uint64_t size, uint64_t spare);
/* Segment -> spare; durable on return. */
NODISCARD int segfile_retire(int dir, uint64_t number);
/* Removes a segment or spare (suffix "seg", "spare"); durable on return. */
NODISCARD int segfile_remove(int dir, uint64_t number, const char *suffix);

/* Removes `new`, which a crash left. */
NODISCARD int segfile_clean(int dir);

struct segfile {
	uint64_t number;
	uint64_t size; /* of the file */
	bool spare;
	bool damaged; /* its header does not check, or its OPEN record */
	bool opened;  /* begins with an OPEN record, which says: */
	uint64_t previous, previous_end;
	bool previous_failed;
	uint64_t last_id, last_seq;
};
/* All segments and spares in rising order of number; free *out.
 * ERR_CONFIG: one was written by a newer version. */
NODISCARD int segfile_list(int dir, struct segfile **out, size_t *n);
/* Where the log of segment all[i] ends by the word of a later one; UINT64_MAX: nobody says. */
uint64_t segfile_limit(const struct segfile *all, size_t n, uint64_t number);

/* Reads a segment's records in order. */
struct segfile_reader {
	int fd;
	uint64_t number, size;
	uint64_t limit;  /* no record begins at or behind it; UINT64_MAX: nobody says */
	uint64_t sure;   /* the log goes on to here at least: what does not check before is damaged,
	                    and behind it the log ends.  The limit, or set by who knows better */
	bool singly;     /* gives what checks of a group that is damaged */
	uint64_t offset; /* of the next record; at the end: where the log ends */
	uint64_t damaged; /* octets that had to be skipped */
	uint64_t group_end;
	struct buf window; /* octets from `base` on */
	uint64_t base;
};
NODISCARD int segfile_reader_open(struct segfile_reader *r, int dir, uint64_t number, uint64_t from,
                                  uint64_t limit);
/* The next record is the one that begins there. */
void segfile_reader_seek(struct segfile_reader *r, uint64_t offset);
/* 1 and a record of a whole group, or one by itself (singly), valid until the next call; 0 at the
 * end; ERR_IO, ERR_NO_MEMORY. */
NODISCARD int segfile_reader_next(struct segfile_reader *r, struct segment_record *out);
void segfile_reader_close(struct segfile_reader *r);

#endif
