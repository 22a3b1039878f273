/* greylist/greylist.h - who has come before: answers calls/greylist.h.
 *
 * RFC 6647 2, 5.  A small SQLite file in the store's directory, data/greylist.db.  It is a memory
 * and no record: without it everybody waits once more.  It grows to 256 MiB, some two million
 * triplets; who would be new then comes in at once.  One thread of its own.
 */
#ifndef GREYLIST_GREYLIST_H
#define GREYLIST_GREYLIST_H

#include "config/settings.h"
#include "rt/fibre.h"

/* In the store role.  Opens, or makes, the file; registers the call.  ERR_CONFIG: a newer
 * program's; ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY. */
NODISCARD int greylist_start(const struct settings *set);
void greylist_stop(void);

#endif
