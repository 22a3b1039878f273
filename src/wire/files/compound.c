/* wire/files/compound.c - see compound.h. */
#include "wire/files/compound.h"

#include <stdbool.h>

enum { ENTRY_BYTES = 128, NAME_N_AT = 64, TYPE_AT = 66, STORAGE = 1, STREAM = 2 };

/* The name is UTF-16 and ends in a zero; its length counts that, in octets. */
static bool is_named(struct span entry, const char *name)
{
	size_t n = strlen(name);

	if ((unsigned char)entry.p[NAME_N_AT] != 2 * (n + 1) || entry.p[NAME_N_AT + 1])
		return false;
	for (size_t i = 0; i < n; i++)
		if ((entry.p[2 * i] | 0x20) != (name[i] | 0x20) || entry.p[2 * i + 1])
			return false;
	return entry.p[TYPE_AT] == STORAGE || entry.p[TYPE_AT] == STREAM;
}

unsigned compound_holds(struct span file)
{
	static const struct {
		const char *name;
		unsigned holds;
	} names[] = {
		{ "Macros", COMPOUND_MACROS },
		{ "_VBA_PROJECT", COMPOUND_MACROS },
		{ "_VBA_PROJECT_CUR", COMPOUND_MACROS },
		{ "EncryptedPackage", COMPOUND_ENCRYPTED },
	};
	unsigned found = 0;

	for (size_t at = 0; at + ENTRY_BYTES <= file.n; at += ENTRY_BYTES)
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (is_named(span_sub(file, at, at + ENTRY_BYTES), names[i].name))
				found |= names[i].holds;
	return found;
}
