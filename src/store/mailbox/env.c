/* store/mailbox/env.c - see env.h. */
#include "store/mailbox/env.h"

#include "store/journal/crc32c.h"
#include "store/mailbox/box.h"
#include "store/mailbox/octets.h"

static const char magic[8] = "PRmenv";

enum { AT_HEADER_CRC = ENV_HEADER_BYTES - 4 };

void env_header_put(uint32_t account, uint32_t generation, char out[ENV_HEADER_BYTES])
{
	memset(out, 0, ENV_HEADER_BYTES);
	memcpy(out, magic, sizeof magic);
	put_u32(out + 8, ENV_VERSION);
	put_u32(out + 12, account);
	put_u32(out + 16, generation);
	put_u32(out + AT_HEADER_CRC, crc32c(0, span_make(out, AT_HEADER_CRC)));
}

size_t env_record_octets(size_t n)
{
	return (ENV_RECORD_BYTES + n + 7) & ~(size_t)7;
}

/* Over account, place, length, message and payload. */
static uint32_t checksum(uint32_t account, uint64_t place, const struct env_record *record)
{
	char where[24];
	put_u32(where, account);
	put_u64(where + 4, place);
	put_u32(where + 12, (uint32_t)record->payload.n);
	put_u64(where + 16, record->message);
	return crc32c(crc32c(0, span_make(where, sizeof where)), record->payload);
}

void env_record_put(uint32_t account, uint64_t place, const struct env_record *record,
                    char header[ENV_RECORD_BYTES])
{
	put_u32(header, (uint32_t)record->payload.n);
	put_u32(header + 4, checksum(account, place, record));
	put_u64(header + 8, record->message);
}

int env_record_get(struct span in, uint32_t account, uint64_t place, struct env_record *out,
                   size_t *need)
{
	if (in.n < ENV_RECORD_BYTES) {
		*need = ENV_RECORD_BYTES;
		return ERR_AGAIN;
	}
	size_t n = get_u32(in.p);
	if (!n || n > BOX_CACHE_BYTES_MAX)
		return err(ERR_CORRUPT, "no record begins here");
	if (in.n < env_record_octets(n)) {
		*need = env_record_octets(n);
		return ERR_AGAIN;
	}
	struct env_record record = { get_u64(in.p + 8), span_sub(in, ENV_RECORD_BYTES, n) };
	if (get_u32(in.p + 4) != checksum(account, place, &record))
		return err(ERR_CORRUPT, "a record does not check");
	*out = record;
	return 0;
}
