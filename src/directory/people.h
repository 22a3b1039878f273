/* directory/people.h - domains, accounts, aliases and keys in memory, each found by its name.
 * Private to directory/. */
#ifndef DIRECTORY_PEOPLE_H
#define DIRECTORY_PEOPLE_H

#include "base/map.h"
#include "directory/entry.h"

struct people {
	struct map domains;    /* struct directory_domain by name */
	struct map accounts;   /* struct directory_entry by name, */
	struct map by_address; /* and by each of its addresses */
	struct map aliases;    /* struct directory_alias by address */
	struct map signers;    /* struct directory_signer by domain */
};

void people_fini(struct people *p);
/* What became of some: those of before are replaced, those that are gone removed.  ERR_NO_MEMORY:
 * of some of them nothing is known any more. */
NODISCARD int people_take(struct people *p, const struct directory_tell_args *a);
/* Whose address it is, in lower case, its domain by any of its names.  NULL: no account's. */
struct directory_entry *people_at(const struct people *p, struct span address);
/* The account with the lowest number. */
struct directory_entry *people_first(const struct people *p);

#endif
