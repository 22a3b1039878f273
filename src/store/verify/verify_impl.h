/* store/verify/verify_impl.h - what verify*.c share. */
#ifndef STORE_VERIFY_IMPL_H
#define STORE_VERIFY_IMPL_H

#include <sqlite3.h>

#include "base/map.h"
#include "store/journal/journal.h"
#include "store/store.h"

/* Where the journal has a message last. */
struct verify_message {
	uint64_t id;
	struct journal_place place;
	uint64_t octets; /* of its record, without padding */
};

/* The log of a segment goes on to here at least, as the ledger knows. */
struct verify_end {
	uint64_t segment, offset;
};

struct verify {
	struct buf *out;
	size_t faults;
	int dir, journal_dir, blob_dir;
	struct map messages; /* struct verify_message by id */
	struct arena mem;
	struct journal_place applied;
	struct map ends; /* struct verify_end by segment */
	sqlite3 *db;
};

#define VERIFY_REBUILD                                                                             \
	"restore ledger.db from a backup, or, where no mailbox was used yet, stop the server, "    \
	"move "                                                                                    \
	"ledger.db away and start: it is made anew from the journal"

/* One fault: what, where, what to do. */
void verify_fault(struct verify *v, const char *fmt, ...) PRINTF(2, 3);

/* 0, whatever faults there are; negative when it cannot go on. */
NODISCARD int verify_journal(struct verify *v);
/* v->applied and v->ends, for verify_journal. */
NODISCARD int verify_ends(struct verify *v);
NODISCARD int verify_ledger(struct verify *v);
NODISCARD int verify_mail(struct verify *v);

#endif
