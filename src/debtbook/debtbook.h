/* debtbook/debtbook.h - what sources owe and who is shut out, over restarts: answers ban_keep and
 * ban_recall of calls/bans.h.
 *
 * A small SQLite file in the store's directory, data/debts.db.  It is a memory and no record: it is
 * not synced, and what is damaged is made anew.  At most DEBTBOOK_ROWS_MAX sources are kept, those
 * that are forgotten last.  One thread of its own.
 */
#ifndef DEBTBOOK_DEBTBOOK_H
#define DEBTBOOK_DEBTBOOK_H

#include "base/err.h"

enum { DEBTBOOK_ROWS_MAX = 8192 };

/* In the store role.  Opens, or makes, the file; registers the calls.  ERR_CONFIG: a newer
 * program's; ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY. */
NODISCARD int debtbook_start(const char *data_dir);
void debtbook_stop(void);

#endif
