/* wire/clamd/hash_line.h - a line of a list of hashes of viruses.
 *
 * Source: ClamAV's manual, "File hash signatures": .hdb (MD5) and .hsb (SHA-1, SHA-256).
 * Pure.  Floor 1 (wire).
 */
#ifndef WIRE_CLAMD_HASH_LINE_H
#define WIRE_CLAMD_HASH_LINE_H

#include "base/err.h"
#include "base/span.h"

enum {
	CLAMD_HASH_BYTES_MAX = 32,
	CLAMD_HASH_NAME_MAX = 255,
	CLAMD_HASH_ANY_SIZE = -1,
};

/* HASH:SIZE:NAME[:...] */
struct clamd_hash {
	unsigned char hash[CLAMD_HASH_BYTES_MAX];
	size_t hash_n;    /* 16: MD5, 20: SHA-1, 32: SHA-256           */
	int64_t size;     /* octets of the file; CLAMD_HASH_ANY_SIZE: * */
	struct span name; /* printable ASCII; borrows from the line     */
};

/* Reads a line without its LF, or CRLF.  1; 0 when it is empty or a comment (#); ERR_SYNTAX. */
NODISCARD int clamd_hash_line(struct span line, struct clamd_hash *out);

#endif
