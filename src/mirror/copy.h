/* mirror/copy.h - the copy of the ledger in one database: opened, written a batch at a time.
 *
 * Blocks.  How far it is stands in the database itself (postrider_mirror, a row a node), written in
 * the transaction that brings the rows, and is read there in each: whoever empties the database has
 * it filled anew.
 */
#ifndef MIRROR_COPY_H
#define MIRROR_COPY_H

#include "calls/mirror.h"
#include "mirror/odbc.h"
#include "mirror/tables.h"

struct mirror_copy {
	struct odbc db;
	enum mirror_dialect dialect;
	int64_t node;
	bool begun;        /* it has a row for the node */
	uint64_t seq, run; /* what the row says */
};

/* Connects, makes the tables where they are missing, and reads how far it is.  ERR_CONFIG: a newer
 * program made the tables; the words tell all else. */
NODISCARD int mirror_copy_open(struct mirror_copy *c, struct span connection, int64_t node);
void mirror_copy_close(struct mirror_copy *c);
/* All of the rows, or nothing of them.  1: somebody else has moved the copy's place, nothing was
 * written, and seq is where it is now. */
NODISCARD int mirror_copy_write(struct mirror_copy *c, const struct mirror_rows_reply *rows,
                                int64_t now_ms);
/* Whether it is still there, and where. */
NODISCARD int mirror_copy_look(struct mirror_copy *c);
/* All that the ledger has is to be written again. */
NODISCARD int mirror_copy_again(struct mirror_copy *c);

#endif
