/* store/rebuild/rebuild.h - what the files of store/rebuild share: an account's damaged mailboxes,
 * and what is known of the messages that are in them.
 */
#ifndef STORE_REBUILD_H
#define STORE_REBUILD_H

#include "store/mail/naming.h"
#include "store/store_impl.h"

/* One that the account's mailboxes may hold: it was its recipient, or appended it. */
struct rebuild_message {
	uint64_t message;
	int64_t held;       /* references that none of the mailboxes that can be read explains */
	uint32_t own;       /* deliveries to the account, */
	uint32_t elsewhere; /* and to others, without those that were found there */
	uint32_t claimed;   /* by rows that are left */
};

/* An entry that comes back. */
struct rebuild_entry {
	size_t box;         /* of rebuild.boxes; REBUILD_ANY: not known */
	struct box_row row; /* uid: the one it had; 0: not known */
	uint32_t nth;       /* of this message's without a row: whose prefix it has */
	bool sure;          /* the row is as it was written */
	bool left;          /* it stood in the file, so it has its flags */
	bool read;          /* what it lacked was read */
	uint64_t segment;   /* there */
	struct span cache;
};
#define REBUILD_ANY SIZE_MAX

struct rebuild_box {
	struct mailbox *m;
	struct box_left left;
	struct box_row *rows; /* those that come back, with their new uids */
	struct span *caches;
	size_t n, doubtful, plain;     /* of them: flags in doubt, flags lost */
	uint32_t number, uid_validity; /* new ones */
	struct box *fresh;
};

enum { REBUILD_CACHES_MAX = 64 << 20 }; /* of what comes without, envelopes are made again */

struct rebuild {
	struct store *sp;
	struct account *a;
	struct naming names;
	struct arena mem;
	struct rebuild_box *boxes; /* those that are damaged */
	size_t n_boxes;
	struct rebuild_message *messages; /* rising */
	size_t n_messages, messages_room;
	struct map others;             /* accounts that got some of them too */
	bool others_damaged;           /* a mailbox of those */
	uint64_t n_readable, readable; /* entries, octets of the account's other mailboxes */
	struct rebuild_entry *entries;
	size_t n_entries;
	size_t cached; /* octets of their envelopes */
	struct record_extra *extra;
	size_t n_extra;
	uint64_t modseq;
};

/* Another account. */
struct rebuild_other {
	struct span name;
};

/* known.c: the messages, those behind the last that is known already; then how often each is held.
 */
NODISCARD WAITS int rebuild_look_up(struct rebuild *x);
NODISCARD WAITS int rebuild_references(struct rebuild *x);
/* NULL: it is none of them. */
struct rebuild_message *rebuild_find(const struct rebuild *x, uint64_t message);

/* count.c: finds the damaged mailboxes; then takes from what is held what the others hold. */
NODISCARD WAITS int rebuild_damaged(struct rebuild *x);
NODISCARD WAITS int rebuild_count(struct rebuild *x);

/* facts.c: what is not sure of an entry, from its message's record. */
NODISCARD WAITS int rebuild_facts(struct rebuild *x);

/* plan.c, pure: which entries come back, before their facts are known; then where, in which order.
 * ERR_NO_MEMORY. */
NODISCARD int rebuild_claim(struct rebuild *x);
NODISCARD int rebuild_arrange(struct rebuild *x);

#endif
