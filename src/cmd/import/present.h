/* cmd/import/present.h - what is in a mailbox already, so that an import never brings it twice.
 *
 * A message of the source is one of the mailbox's when size, date and content (SHA-256) are the
 * same. Each of the mailbox's stands for one of the source's: where that has the same message
 * twice, so has the mailbox afterwards.
 */
#ifndef CMD_IMPORT_PRESENT_H
#define CMD_IMPORT_PRESENT_H

#include "base/map.h"
#include "cmd/control.h"

enum { PRESENT_DIGEST_BYTES = 16 };

struct present_entry;
struct present {
	struct control *c;
	const char *account;
	struct span mailbox; /* borrowed */
	struct present_entry *entries;
	size_t n, room;
	struct map by_size; /* of size and date: the first such */
};

/* Asks what is there.  Errors are printed. */
NODISCARD int present_begin(struct present *p, struct control *c, const char *account,
                            struct span mailbox);
void present_fini(struct present *p);
/* 1: the message is there, and stands for this one from now on; 0: it is not. */
NODISCARD int present_find(struct present *p, struct span message, int64_t date_s);
/* May one of that size and date be there?  Then its header section tells, without the rest: as
 * present_find. */
bool present_may_have(const struct present *p, uint64_t size, int64_t date_s);
NODISCARD int present_find_header(struct present *p, uint64_t size, int64_t date_s,
                                  struct span header);

#endif
