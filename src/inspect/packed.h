/* inspect/packed.h - what is in an archive: zip, 7z, rar, tar, cab, iso, and gzip, bzip2, xz.
 *
 * By libarchive, out of memory and into memory.  What it may cost is bounded for a whole message by
 * one budget: files, octets that come out, and time; so a bomb ends.  Blocking, and with need of
 * stack: on a thread of the pool.
 */
#ifndef INSPECT_PACKED_H
#define INSPECT_PACKED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "wire/files/kind.h"

enum {
	PACKED_FILES_MAX = 10000,
	PACKED_OCTETS_MAX = 100 << 20,
	PACKED_INNER_MAX =
	        32 << 20, /* of an archive in an archive, or of a compound file, held in memory */
	PACKED_MS = 10 * 1000,
	PACKED_HEAD_BYTES = 512,
};

/* What a message's archives have taken so far. */
struct packed_budget {
	size_t n_files;
	uint64_t octets;
	int64_t ms;
};

/* name: as a person sees it; empty: what is packed alone often has none.  octets: all of an archive
 * within, and of a compound file; of others the first ones.  encrypted: there are none.  unread:
 * nor are there, for libarchive does not know how it is packed. */
struct packed_file {
	struct span name, octets;
	enum file_kind kind;
	bool encrypted, unread;
};

/* Borrows.  What is not 0 ends the walk, which returns it. */
typedef int packed_file_fn(const struct packed_file *file, void *arg);
/* Before the sandbox closes, and before the first archive, for it reads files: libarchive, and the
 * names that are not ASCII.  ERR_UNAVAILABLE: libarchive is not installed. */
NODISCARD int packed_prepare(void);

/* kind: FILE_ARCHIVE or FILE_PACKED.  ERR_LIMIT: the budget is spent, or an archive within is too
 * large; ERR_CORRUPT, with libarchive's words: it cannot be read (on); ERR_NO_MEMORY. */
NODISCARD int packed_each(struct span octets, enum file_kind kind, struct packed_budget *budget,
                          packed_file_fn *fn, void *arg);

#endif
