/* suppressions/suppressions.h - whom accounts do not send to any more: answers
 * calls/suppressions.h.
 *
 * A small SQLite file in the store's directory, data/suppressions.db: a record, not a memory, for
 * people have said that they want no more mail.  Which accounts have any is known without a look at
 * it, so those that have none are not asked for.
 */
#ifndef SUPPRESSIONS_SUPPRESSIONS_H
#define SUPPRESSIONS_SUPPRESSIONS_H

#include "calls/suppressions.h"
#include "rt/fibre.h"

/* In the store role.  Opens, or makes, the file; registers the calls.  ERR_CONFIG: a newer
 * program's; ERR_CORRUPT; ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY. */
NODISCARD WAITS int suppressions_start(const char *data_dir);
void suppressions_stop(void);

/* The account may have some. */
bool suppressions_any(struct span account);
/* One that follows from mail; durable after.  An older one may stay in its place. */
NODISCARD WAITS int suppressions_add(struct span account, const struct suppression *row);
/* The account is gone. */
NODISCARD WAITS int suppressions_forget(struct span account);

#endif
