/* kit/kit.h - what accounts keep here for their programs: answers calls/kit.h.
 *
 * A small SQLite file in the store's directory, data/kit.db: a record.  One thread of its own.
 */
#ifndef KIT_KIT_H
#define KIT_KIT_H

#include "calls/kit.h"
#include "rt/fibre.h"

/* In the store role.  Opens, or makes, the file; registers the calls.  ERR_CONFIG: a newer
 * program's; ERR_CORRUPT; ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY. */
NODISCARD int kit_start(const char *data_dir);
void kit_stop(void);

/* The account is gone. */
NODISCARD WAITS int kit_forget(struct span account);

#endif
