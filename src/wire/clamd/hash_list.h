/* wire/clamd/hash_list.h - lists of hashes of viruses: is a file's among them.
 *
 * The list stays as it was read; what is made of it is its order, 16 octets a line.
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_CLAMD_HASH_LIST_H
#define WIRE_CLAMD_HASH_LIST_H

#include <stdbool.h>

#include "wire/clamd/hash_line.h"

/* With the order of as many of the shortest lines, within 8 MiB. */
enum { CLAMD_HASH_LIST_MAX = 5 << 20 };

struct clamd_hash_list {
	struct span text; /* borrowed */
	struct clamd_hash_place *places;
	size_t n;
	unsigned kinds;        /* OR of 1 << enum clamd_hash_kind that are in it */
	size_t n_bad;          /* lines that are none, passed over */
	struct span first_bad; /* of these */
};

enum clamd_hash_kind { CLAMD_MD5, CLAMD_SHA1, CLAMD_SHA256, CLAMD_HASH_KINDS };

/* ERR_TOO_BIG: the text is longer than CLAMD_HASH_LIST_MAX; ERR_NO_MEMORY. */
NODISCARD int clamd_hash_list_open(struct span text, struct clamd_hash_list *out);
void clamd_hash_list_fini(struct clamd_hash_list *l);
/* Is there a file of that size and hash; *name borrows from the text. */
bool clamd_hash_list_find(const struct clamd_hash_list *l, struct span hash, uint64_t size,
                          struct span *name);

#endif
