/* store/mailbox/left.h - what is left of a mailbox's damaged index files.  Pure.
 *
 * Blocks that check are taken as they are.  Elsewhere a row is one whose message the caller knows:
 * it may be damaged itself, so it is in doubt.
 */
#ifndef STORE_MAILBOX_LEFT_H
#define STORE_MAILBOX_LEFT_H

#include "store/mailbox/box.h"

struct left {
	uint32_t mailbox, uid_next; /* of the mailbox */
	box_knows_fn *knows;
	void *arg;
	struct box_left out; /* grows by each file, in their order */
	size_t room;
	struct box_change *changes;
	size_t n_changes, changes_room;
};

/* serial: the file's, where its header does not tell; of that one `octets` count.  One that is
 * another mailbox's is passed over.  ERR_NO_MEMORY. */
NODISCARD int left_scan(struct left *l, struct span file, uint32_t serial, uint64_t octets);
/* The rows that are not gone, in rising order of uid, one a uid.  l->out is the caller's. */
void left_end(struct left *l);
void left_fini(struct left *l);

#endif
