/* store/journal/crc32c.h - the Castagnoli checksum of journal records.
 *
 * Source: RFC 3720 B.4 (polynomial, test vectors).  Pure.  Floor 2.
 */
#ifndef STORE_CRC32C_H
#define STORE_CRC32C_H

#include "base/span.h"

/* The checksum of what `crc` covers followed by s; 0 covers nothing.  Uses the
 * CPU's instruction when it has one. */
uint32_t crc32c(uint32_t crc, struct span s);
/* The same by table, whatever the CPU: what the tests compare with. */
uint32_t crc32c_by_table(uint32_t crc, struct span s);

#endif
