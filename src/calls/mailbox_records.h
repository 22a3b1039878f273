/* calls/mailbox_records.h - what the journal keeps of mailboxes.
 *
 * Floor 2.  Each says all that doing it again needs, in absolute values, so that twice is once.
 * store/FORMAT.md has the octets.  account and mailbox: numbers that are never used again.
 * modseq: one counter an account, one number a command (RFC 7162).
 */
#ifndef CALLS_MAILBOX_RECORDS_H
#define CALLS_MAILBOX_RECORDS_H

#include "base/coding/pack.h"

enum record_mailbox_what {
	RECORD_ACCOUNT = 1, /* name: the account's; it has the number from now on           */
	RECORD_MAKE,        /* name: the path; uid_validity 0: a level, it holds no messages */
	RECORD_RENAME,      /* name: the path from now on                                   */
	RECORD_REMOVE,      /* what was in it was expunged before                           */
	RECORD_SUBSCRIBE,   /* name: a path, which need not exist                           */
	RECORD_UNSUBSCRIBE,
	RECORD_KEYWORD, /* name: that of the account's keyword `number`                 */
	RECORD_FORGET,  /* the account has nothing any more: its mailboxes were removed before */
};

/* role: enum mailbox_role. */
#define RECORD_MAILBOX_FIELDS(F, L)                                                                \
	F(u32, account)                                                                            \
	F(u32, mailbox)                                                                            \
	F(u64, modseq)                                                                             \
	F(u8, what)                                                                                \
	F(u32, uid_validity)                                                                       \
	F(u8, role)                                                                                \
	F(u8, number)                                                                              \
	F(span, name)
PACK_DECLARE(record_mailbox, RECORD_MAILBOX_FIELDS)

/* New entries.  rows: store/mailbox/row.h, one behind the other, in rising order of uid.  caches:
 * none, or one a row; an empty one: where it stands is in the row, or it is not known. */
#define RECORD_CACHED_FIELDS(F, L) F(span, octets)
#define RECORD_ENTRIES_FIELDS(F, L)                                                                \
	F(u32, account) F(u32, mailbox) F(u64, modseq) F(span, rows) L(record_cached, caches)
PACK_DECLARE(record_cached, RECORD_CACHED_FIELDS)
PACK_DECLARE(record_entries, RECORD_ENTRIES_FIELDS)

/* flags: those afterwards.  In rising order of uid. */
#define RECORD_FLAG_FIELDS(F, L)  F(u32, uid) F(u64, flags)
#define RECORD_FLAGS_FIELDS(F, L) F(u32, account) F(u32, mailbox) F(u64, modseq) L(record_flag, set)
PACK_DECLARE(record_flag, RECORD_FLAG_FIELDS)
PACK_DECLARE(record_flags, RECORD_FLAGS_FIELDS)

/* What is gone: whose content it was, and how much the account has room for now. */
#define RECORD_GONE_FIELDS(F, L) F(u32, uid) F(u64, message) F(u32, size)
#define RECORD_EXPUNGE_FIELDS(F, L)                                                                \
	F(u32, account) F(u32, mailbox) F(u64, modseq) L(record_gone, gone)
PACK_DECLARE(record_gone, RECORD_GONE_FIELDS)
PACK_DECLARE(record_expunge, RECORD_EXPUNGE_FIELDS)

/* What was found out about an entry's content. */
#define RECORD_CACHE_FIELDS(F, L)                                                                  \
	F(u32, account) F(u32, mailbox) F(u32, uid) F(span, cache) F(u64, message)
PACK_DECLARE(record_cache, RECORD_CACHE_FIELDS)

/* Mailbox `was` has the number `mailbox` from now on, and a new index file, whose rows are nowhere
 * else: it was synced before.  more: what the account uses more (or less) than was counted.  extra:
 * messages that are needed once more. */
#define RECORD_EXTRA_FIELDS(F, L) F(u64, message)
#define RECORD_REBUILT_FIELDS(F, L)                                                                \
	F(u32, account)                                                                            \
	F(u32, mailbox)                                                                            \
	F(u32, was)                                                                                \
	F(u64, modseq)                                                                             \
	F(u32, uid_validity)                                                                       \
	F(u32, uid_next)                                                                           \
	F(u32, exists)                                                                             \
	F(u32, unseen)                                                                             \
	F(u32, deleted)                                                                            \
	F(u64, octets)                                                                             \
	F(u64, file_octets)                                                                        \
	F(u32, serial) F(i64, messages_more) F(i64, octets_more) L(record_extra, extra)
PACK_DECLARE(record_extra, RECORD_EXTRA_FIELDS)
PACK_DECLARE(record_rebuilt, RECORD_REBUILT_FIELDS)

/* The octets of a recipient's item MAILBOX: the entry that its delivery makes (its uid is the
 * recipient's).  account 0, from who hands the message in: mailbox 0 is the one of that role,
 * which is made when it is missing, or of that path in any case, if there is one, else the INBOX,
 * and the store fills in the rest; none of it keeps a path or a role. */
#define RECORD_DELIVERY_FIELDS(F, L)                                                               \
	F(u32, account) F(u32, mailbox) F(u64, flags) F(u64, modseq) F(span, path) F(u8, role)
PACK_DECLARE(record_delivery, RECORD_DELIVERY_FIELDS)

/* The octets of a message's item THREAD: the conversation that it belongs to in every mailbox here
 * that gets it (RFC 8474 5.2); never 0. */
#define RECORD_THREAD_FIELDS(F, L) F(u64, thread)
PACK_DECLARE(record_thread, RECORD_THREAD_FIELDS)

/* The item of that kind; NULL: there is none. */
struct record_item;
const struct record_item *record_item_find(const struct record_item *items, size_t n,
                                           uint16_t kind);

#endif
