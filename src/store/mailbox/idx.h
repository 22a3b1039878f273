/* store/mailbox/idx.h - the octets of index files.  FORMAT.md, "Index file", describes them.
 *
 * Pure: octets in, structs out.
 */
#ifndef STORE_MAILBOX_IDX_H
#define STORE_MAILBOX_IDX_H

#include "store/mailbox/row.h"

enum {
	IDX_VERSION = 1,
	IDX_HEADER_BYTES = 64,
	IDX_BLOCK_BYTES = 64, /* a block's header */
	IDX_CACHE_BYTES = 16,
};

enum { IDX_LOST = 1 }; /* what an earlier file said is lost: rows are missing */

struct idx_header {
	uint32_t account, mailbox, uid_validity;
	uint32_t serial; /* each rewrite counts up */
	uint32_t flags;
	uint64_t floor;
};

enum idx_kind {
	IDX_ROWS = 1,
	IDX_CHANGES = 2,
	IDX_BASE = 3, /* rows: all there is; the first block of a rewritten file */
	IDX_CACHES = 4,
};

/* The numbers behind it are those when the block is applied. */
struct idx_block {
	uint32_t kind, count;
	uint64_t place; /* of the journal; all up to it is in here */
	uint64_t modseq, octets;
	uint32_t uid_next, exists, unseen, deleted;
};

/* Where an entry's envelope and structure stand from now on. */
struct idx_cache {
	uint32_t uid;
	uint64_t cache;
};

void idx_header_put(const struct idx_header *h, char out[IDX_HEADER_BYTES]);
/* ERR_CORRUPT; ERR_CONFIG: another version. */
NODISCARD int idx_header_get(struct span in, struct idx_header *out);

void idx_block_put(const struct idx_block *b, char out[IDX_BLOCK_BYTES]);
/* Writes the checksum, which covers mailbox, serial, offset, the header and the payload. */
void idx_block_seal(char header[IDX_BLOCK_BYTES], const struct idx_header *h, uint64_t offset,
                    struct span payload);
/* ERR_CORRUPT: no block's header; the checksum is not looked at. */
NODISCARD int idx_block_get(struct span in, struct idx_block *out);
size_t idx_payload_bytes(const struct idx_block *b);
/* In pieces: begin with the header, go on with crc32c over the payload, compare. */
uint32_t idx_block_crc(const char header[IDX_BLOCK_BYTES], const struct idx_header *h,
                       uint64_t offset);
uint32_t idx_block_checksum(const char header[IDX_BLOCK_BYTES]);
void idx_block_checksum_put(char header[IDX_BLOCK_BYTES], uint32_t crc);

void idx_cache_put(const struct idx_cache *c, char out[IDX_CACHE_BYTES]);
void idx_cache_get(const char in[IDX_CACHE_BYTES], struct idx_cache *out);

#endif
