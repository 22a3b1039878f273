/* directory/expand.h - where an address leads: itself, an alias' targets, theirs, and so on.
 * Private to directory/.
 *
 * RFC 5321 3.9 (aliases, lists), 4.5.1 (postmaster); RFC 5233 1 (user+tag).  What leads in a circle
 * is looked at once; who is named twice is there once.
 */
#ifndef DIRECTORY_EXPAND_H
#define DIRECTORY_EXPAND_H

#include "directory/people.h"

enum { EXPAND_ADDRESSES_MAX = 5000 }; /* looked at for one address */

struct expand_from {
	const struct people *people;
	const struct directory_entry *postmaster; /* NULL: there is none */
	struct span defence;                      /* the words of the domain as addressed */
};

/* address: lower case, of a domain of ours, or without one.  ERR_LIMIT: it leads to more than
 * DIRECTORY_TARGETS_MAX. */
NODISCARD int expand(const struct expand_from *from, struct span address, struct arena *mem,
                     struct directory_lookup_reply *out);

#endif
