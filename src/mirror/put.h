/* mirror/put.h - rows of the ledger into the tables of the copy, within a transaction.  Blocks. */
#ifndef MIRROR_PUT_H
#define MIRROR_PUT_H

#include "calls/mirror.h"
#include "mirror/odbc.h"
#include "mirror/tables.h"

/* What is there and older, or as old, is written over; what is newer stays.  ERR_SYNTAX: a row is
 * none of its table's. */
NODISCARD int mirror_put(struct odbc *db, enum mirror_dialect d, int64_t node,
                         const struct mirror_row *rows, size_t n);

#endif
