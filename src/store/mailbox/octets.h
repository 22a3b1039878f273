/* store/mailbox/octets.h - numbers in little-endian octets.  Header only. */
#ifndef STORE_MAILBOX_OCTETS_H
#define STORE_MAILBOX_OCTETS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void put_u32(char *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof v);
}

static inline void put_u64(char *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof v);
}

static inline uint32_t get_u32(const char *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return le32toh(v);
}

static inline uint64_t get_u64(const char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return le64toh(v);
}

#endif
