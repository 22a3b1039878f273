/* store/backup/backup.h - a data directory is copied, and comes back.
 *
 * Floor: above store/verify.  All of it blocks; for a command, not for the server.
 *
 * Of a server that runs: nothing that is on disk may be removed meanwhile (store_hold).  Then the
 * copy is what a crash at its end would have left, since what refers to something is copied before
 * it: the ledger, the files of mailboxes, the journal (the newest segment first), the blobs.
 */
#ifndef STORE_BACKUP_BACKUP_H
#define STORE_BACKUP_BACKUP_H

#include "base/err.h"
#include "store/backup/copying.h"

/* The data directory `from` to `to`, which is made, or is there and empty (ERR_EXISTS).  Owners
 * stay as they are when root copies.  Synced on return. */
NODISCARD int store_backup(struct store_copy *c);
/* Likewise a backup to a data directory.  The next start gives out numbers well above those that
 * may have been told since the backup was made: FORMAT.md, "Restored". */
NODISCARD int store_restore(struct store_copy *c);

#endif
