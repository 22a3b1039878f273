/* tlsfacts/tlsfacts.h - what the store remembers of other domains' TLS: answers calls/tls.h.
 *
 * A small SQLite file beside the ledger, data/tls.db.  It is a memory and no record: without it
 * policies are fetched again.  One thread of its own.
 */
#ifndef TLSFACTS_TLSFACTS_H
#define TLSFACTS_TLSFACTS_H

#include "rt/fibre.h"

/* In the store role.  Opens, or makes, the file; registers the calls.  ERR_CONFIG: a newer
 * program's; ERR_IO, ERR_NO_SPACE, ERR_NO_MEMORY. */
NODISCARD int tlsfacts_start(const char *data_dir);
void tlsfacts_stop(void);

#endif
