/* store/mailbox/env.h - the octets of envelope files.  FORMAT.md, "Envelope file", describes them.
 *
 * What stands there can be made again from the messages: a record that does not check is as if
 * there were none.  Pure.
 */
#ifndef STORE_MAILBOX_ENV_H
#define STORE_MAILBOX_ENV_H

#include "base/err.h"
#include "base/span.h"

enum {
	ENV_VERSION = 2,
	ENV_HEADER_BYTES = 64,
	ENV_RECORD_BYTES = 16, /* a record's header */
	ENV_GENERATION_MAX = (1 << 24) - 1,
};
#define ENV_OFFSET_MAX (UINT64_C(8) << 40)

/* A place: generation << 40 | offset / 8; 0 is none. */
static inline uint64_t env_place(uint32_t generation, uint64_t offset)
{
	return (uint64_t)generation << 40 | offset / 8;
}
static inline uint32_t env_place_generation(uint64_t place)
{
	return (uint32_t)(place >> 40);
}
static inline uint64_t env_place_offset(uint64_t place)
{
	return (place & ((UINT64_C(1) << 40) - 1)) * 8;
}

/* For who looks at the file: records say for themselves whose they are. */
void env_header_put(uint32_t account, uint32_t generation, char out[ENV_HEADER_BYTES]);

/* What was found out about a message. */
struct env_record {
	uint64_t message;
	struct span payload;
};
/* Header, payload and padding of a record with n octets of payload. */
size_t env_record_octets(size_t n);
void env_record_put(uint32_t account, uint64_t place, const struct env_record *record,
                    char header[ENV_RECORD_BYTES]);
/* The record at the front of `in`: 0; ERR_AGAIN: *need octets of it would tell; ERR_CORRUPT. */
NODISCARD int env_record_get(struct span in, uint32_t account, uint64_t place,
                             struct env_record *out, size_t *need);

#endif
