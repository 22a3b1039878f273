/* directory/entry.h - an account as the auth role knows it.  Floor 3. */
#ifndef DIRECTORY_ENTRY_H
#define DIRECTORY_ENTRY_H

#include "calls/directory.h"

enum { DIRECTORY_KNOWN_BYTES = 32 };

/* An account, in one block of memory; valid until the next wait.  Spans end in a NUL. */
struct directory_entry {
	uint32_t number;
	bool enabled, limited; /* limited: it has a quota of its own */
	uint8_t tags;
	struct span name, address, hash, scram, defence;
	struct directory_address *addresses;
	struct directory_app_password *app_passwords;
	size_t n_addresses, n_app_passwords;
	/* auth/check.c's: what was right lately. */
	int64_t known_until_at;
	unsigned char known[DIRECTORY_KNOWN_BYTES];
};

#endif
