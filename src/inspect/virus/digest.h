/* inspect/virus/digest.h - the hashes of a file that lists of viruses have.  By OpenSSL. */
#ifndef INSPECT_VIRUS_DIGEST_H
#define INSPECT_VIRUS_DIGEST_H

#include "base/err.h"
#include "base/span.h"
#include "wire/clamd/hash_list.h"

/* out: CLAMD_HASH_BYTES_MAX.  The digest's length; ERR_UNAVAILABLE: OpenSSL does not do it. */
NODISCARD int virus_digest(enum clamd_hash_kind kind, struct span octets, unsigned char out[]);
/* The test file that every scanner finds; it is no virus. */
#define VIRUS_TEST_NAME "Eicar-Test-Signature"
/* Is it that one: the 68 octets, and white space behind them, 128 at most. */
bool virus_is_test_file(struct span octets);

#endif
