/* store/mailbox/idx.c - see idx.h. */
#include "store/mailbox/idx.h"

#include "store/journal/crc32c.h"
#include "store/mailbox/octets.h"

static const char magic[8] = "PRmbox";

enum { AT_HEADER_CRC = IDX_HEADER_BYTES - 4, AT_CRC = 4 };

void idx_header_put(const struct idx_header *h, char out[IDX_HEADER_BYTES])
{
	memset(out, 0, IDX_HEADER_BYTES);
	memcpy(out, magic, sizeof magic);
	put_u32(out + 8, IDX_VERSION);
	put_u32(out + 12, h->mailbox);
	put_u32(out + 16, h->account);
	put_u32(out + 20, h->uid_validity);
	put_u32(out + 24, h->serial);
	put_u32(out + 28, h->flags);
	put_u64(out + 32, h->floor);
	put_u32(out + AT_HEADER_CRC, crc32c(0, span_make(out, AT_HEADER_CRC)));
}

int idx_header_get(struct span in, struct idx_header *out)
{
	if (in.n < IDX_HEADER_BYTES || memcmp(in.p, magic, sizeof magic) != 0)
		return err(ERR_CORRUPT, "it does not begin as an index file");
	if (get_u32(in.p + AT_HEADER_CRC) != crc32c(0, span_sub(in, 0, AT_HEADER_CRC)))
		return err(ERR_CORRUPT, "its header does not check");
	uint32_t version = get_u32(in.p + 8);
	if (version != IDX_VERSION)
		return err(ERR_CONFIG, "it has format %u and this program knows %d", version,
		           IDX_VERSION);
	*out = (struct idx_header){
		.mailbox = get_u32(in.p + 12),
		.account = get_u32(in.p + 16),
		.uid_validity = get_u32(in.p + 20),
		.serial = get_u32(in.p + 24),
		.flags = get_u32(in.p + 28),
		.floor = get_u64(in.p + 32),
	};
	return 0;
}

/* Octets of one element; 0: no such kind. */
static size_t element_bytes(uint32_t kind)
{
	switch (kind) {
	case IDX_ROWS:
	case IDX_BASE: return BOX_ROW_BYTES;
	case IDX_CHANGES: return BOX_CHANGE_BYTES;
	case IDX_CACHES: return IDX_CACHE_BYTES;
	default: return 0;
	}
}

size_t idx_payload_bytes(const struct idx_block *b)
{
	return element_bytes(b->kind) * b->count;
}

void idx_block_put(const struct idx_block *b, char out[IDX_BLOCK_BYTES])
{
	memset(out, 0, IDX_BLOCK_BYTES);
	put_u32(out, (uint32_t)idx_payload_bytes(b));
	put_u32(out + 8, b->kind);
	put_u32(out + 12, b->count);
	put_u64(out + 16, b->place);
	put_u64(out + 24, b->modseq);
	put_u64(out + 32, b->octets);
	put_u32(out + 40, b->uid_next);
	put_u32(out + 44, b->exists);
	put_u32(out + 48, b->unseen);
	put_u32(out + 52, b->deleted);
}

int idx_block_get(struct span in, struct idx_block *out)
{
	if (in.n < IDX_BLOCK_BYTES)
		return err(ERR_CORRUPT, "it ends within a block");
	struct idx_block b = {
		.kind = get_u32(in.p + 8),
		.count = get_u32(in.p + 12),
		.place = get_u64(in.p + 16),
		.modseq = get_u64(in.p + 24),
		.octets = get_u64(in.p + 32),
		.uid_next = get_u32(in.p + 40),
		.exists = get_u32(in.p + 44),
		.unseen = get_u32(in.p + 48),
		.deleted = get_u32(in.p + 52),
	};
	if (!element_bytes(b.kind) || idx_payload_bytes(&b) != get_u32(in.p))
		return err(ERR_CORRUPT, "no block begins here");
	*out = b;
	return 0;
}

uint32_t idx_block_checksum(const char header[IDX_BLOCK_BYTES])
{
	return get_u32(header + AT_CRC);
}

void idx_block_checksum_put(char header[IDX_BLOCK_BYTES], uint32_t crc)
{
	put_u32(header + AT_CRC, crc);
}

uint32_t idx_block_crc(const char header[IDX_BLOCK_BYTES], const struct idx_header *h,
                       uint64_t offset)
{
	char where[16], plain[IDX_BLOCK_BYTES];
	put_u32(where, h->mailbox);
	put_u32(where + 4, h->serial);
	put_u64(where + 8, offset);
	memcpy(plain, header, IDX_BLOCK_BYTES);
	idx_block_checksum_put(plain, 0);
	return crc32c(crc32c(0, span_make(where, sizeof where)), span_make(plain, sizeof plain));
}

void idx_block_seal(char header[IDX_BLOCK_BYTES], const struct idx_header *h, uint64_t offset,
                    struct span payload)
{
	idx_block_checksum_put(header, crc32c(idx_block_crc(header, h, offset), payload));
}

void idx_cache_put(const struct idx_cache *c, char out[IDX_CACHE_BYTES])
{
	put_u32(out, c->uid);
	put_u32(out + 4, 0);
	put_u64(out + 8, c->cache);
}

void idx_cache_get(const char in[IDX_CACHE_BYTES], struct idx_cache *out)
{
	*out = (struct idx_cache){ get_u32(in), get_u64(in + 8) };
}
