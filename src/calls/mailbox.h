/* calls/mailbox.h - an account's mailboxes: asked of the store role by who serves IMAP, POP3 and
 * the operator.  Answered in store/mailbox.
 *
 * Every call but mailbox_room shows the ticket of a login (TICKET_MAILBOX) and reaches that
 * account's mailboxes only. What changes something is answered once it is synced.  A mailbox is
 * named by a number that is never used again; its name is a path of UTF-8 with '/' between levels,
 * "INBOX" in capitals.
 *
 *   ERR_TICKET     the ticket does not hold: log in again
 *   ERR_NOT_FOUND  no such mailbox, or message
 *   ERR_EXISTS     the name is taken
 *   ERR_QUOTA      the account is full
 *   ERR_TOO_LONG   over a limit below
 *   ERR_DAMAGED    its file is: the operator rebuilds it
 *   ERR_UNAVAILABLE and others: a fault of ours; nothing was changed
 */
#ifndef CALLS_MAILBOX_H
#define CALLS_MAILBOX_H

#include "calls/call.h"
#include "calls/records.h"

enum {
	MAILBOX_NAME_BYTES_MAX = 1000,  /* of a path */
	MAILBOX_LEVELS_MAX = 20,        /* of a path */
	MAILBOX_LIST_MAX = 700,         /* names in one reply */
	MAILBOX_KEYWORDS_MAX = 55,      /* of an account, of at most */
	MAILBOX_KEYWORD_BYTES_MAX = 64, /* octets each */
	MAILBOX_RUNS_MAX = 10000,       /* in one call; who has more asks again */
	MAILBOX_PAGE_MAX = 1000,        /* rows in one reply */
	MAILBOX_ENTRIES_MAX = 30000,    /* entries that one call flags or expunges */
	MAILBOX_READ_BYTES_MAX = 256 << 10,
	MAILBOX_FRONTS_MAX = 250,
	MAILBOX_NEEDLES_MAX = 64,
	MAILBOX_SIFT_MAX = 10000, /* entries in one reply */
	MAILBOX_EVENT_CHANGES_MAX = 64,
	MAILBOX_READER_MS = 60000,
};

/* Bits of an entry's flags; from MAILBOX_KEYWORD_FIRST on keywords by their number in the account.
 */
enum {
	MAILBOX_SEEN = 1 << 0,
	MAILBOX_ANSWERED = 1 << 1,
	MAILBOX_FLAGGED = 1 << 2,
	MAILBOX_DELETED = 1 << 3,
	MAILBOX_DRAFT = 1 << 4,
	MAILBOX_KEYWORD_FIRST = 8,
};
#define MAILBOX_GONE (UINT64_C(1) << 63) /* expunged: only in what tells of changes */

/* RFC 6154 2. */
enum mailbox_role {
	MAILBOX_NO_ROLE,
	MAILBOX_ALL,
	MAILBOX_ARCHIVE,
	MAILBOX_DRAFTS,
	MAILBOX_FLAGGED_ROLE,
	MAILBOX_JUNK,
	MAILBOX_SENT,
	MAILBOX_TRASH,
	MAILBOX_IMPORTANT,
	MAILBOX_QUARANTINE,
};

/* UIDs first .. first + count - 1; lists of them rise and do not touch. */
#define MAILBOX_RUN_FIELDS(F, L) F(u32, first) F(u32, count)
PACK_DECLARE(mailbox_run, MAILBOX_RUN_FIELDS)

/* The numbers of one moment.  selectable: false for a level that only has children.  modseq: the
 * highest of its changes; floor: what vanished at or below it is not known one by one (QRESYNC).
 * octets: the sum of the sizes.  messages: EXISTS. */
#define MAILBOX_INFO_FIELDS(F, L)                                                                  \
	F(u32, mailbox)                                                                            \
	F(span, path)                                                                              \
	F(u8, role)                                                                                \
	F(bool, selectable)                                                                        \
	F(bool, subscribed)                                                                        \
	F(u32, uid_validity)                                                                       \
	F(u32, uid_next)                                                                           \
	F(u32, messages)                                                                           \
	F(u32, unseen)                                                                             \
	F(u32, deleted)                                                                            \
	F(u64, modseq)                                                                             \
	F(u64, floor)                                                                              \
	F(u64, octets)
PACK_DECLARE(mailbox_info, MAILBOX_INFO_FIELDS)

/* ---- names ---- */

/* Mailboxes, and names that are subscribed without being one (mailbox 0), in order of path: those
 * behind `after`, at most MAILBOX_LIST_MAX; done: the last of them.  And what the account uses and
 * may use (0: no limit). */
#define MAILBOX_LIST_ARGS(F, L) F(span, ticket) F(span, after)
#define MAILBOX_LIST_REPLY(F, L)                                                                   \
	L(mailbox_info, mailboxes)                                                                 \
	F(bool, done)                                                                              \
	F(u64, modseq)                                                                             \
	F(u64, used_octets) F(u64, used_messages) F(u64, quota_octets) F(u64, quota_messages)
PACK_DECLARE(mailbox_list_args, MAILBOX_LIST_ARGS)
PACK_DECLARE(mailbox_list_reply, MAILBOX_LIST_REPLY)
CALL_DECLARE(mailbox_list, mailbox_list_args, mailbox_list_reply);

/* One, by its number, or by its path when the number is 0. */
#define MAILBOX_GET_ARGS(F, L) F(span, ticket) F(u32, mailbox) F(span, path)
PACK_DECLARE(mailbox_get_args, MAILBOX_GET_ARGS)
CALL_DECLARE(mailbox_get, mailbox_get_args, mailbox_info);

/* what: enum mailbox_naming.  MAKE: path with its role (levels above it are made too, and hold
 * nothing until they are made themselves; ERR_LIMIT: another mailbox has that role); RENAME:
 * mailbox to path, with all below it; of INBOX: its messages go to a new one; REMOVE: mailbox, with
 * what is in it (one with children stays as a level; ERR_REFUSED: INBOX, or a level with children);
 * SUBSCRIBE, UNSUBSCRIBE: path, which need not exist (ERR_LIMIT: there are too many).  The reply is
 * the mailbox as it is then. */
enum mailbox_naming {
	MAILBOX_MAKE = 1,
	MAILBOX_RENAME,
	MAILBOX_REMOVE,
	MAILBOX_SUBSCRIBE,
	MAILBOX_UNSUBSCRIBE,
};
#define MAILBOX_NAME_ARGS(F, L)                                                                    \
	F(span, ticket) F(u8, what) F(u32, mailbox) F(span, path) F(u8, role)
PACK_DECLARE(mailbox_name_args, MAILBOX_NAME_ARGS)
CALL_DECLARE(mailbox_name, mailbox_name_args, mailbox_info);

/* The account's keywords, by number from 0; with name, that one is made when it is missing
 * (ERR_QUOTA: all MAILBOX_KEYWORDS_MAX are taken) and its number told. */
#define MAILBOX_KEYWORD_FIELDS(F, L) F(span, name)
#define MAILBOX_KEYWORDS_ARGS(F, L)  F(span, ticket) F(span, name)
#define MAILBOX_KEYWORDS_REPLY(F, L) L(mailbox_keyword, keywords) F(u8, number)
PACK_DECLARE(mailbox_keyword, MAILBOX_KEYWORD_FIELDS)
PACK_DECLARE(mailbox_keywords_args, MAILBOX_KEYWORDS_ARGS)
PACK_DECLARE(mailbox_keywords_reply, MAILBOX_KEYWORDS_REPLY)
CALL_DECLARE(mailbox_keywords, mailbox_keywords_args, mailbox_keywords_reply);

/* Has the account room for a message of so many octets (0: not known yet)?  Asked for each
 * recipient (RFC 5321 3.3) by who receives, without a ticket: it tells no more than a reply to RCPT
 * does. */
#define MAILBOX_ROOM_ARGS(F, L)  F(span, account) F(u64, octets)
#define MAILBOX_ROOM_REPLY(F, L) F(bool, full)
PACK_DECLARE(mailbox_room_args, MAILBOX_ROOM_ARGS)
PACK_DECLARE(mailbox_room_reply, MAILBOX_ROOM_REPLY)
CALL_DECLARE(mailbox_room, mailbox_room_args, mailbox_room_reply);

/* ---- reading ---- */

/* message, recipient: whose content, and with which prefix of its own; EMAILID is made of them.
 * size: of what FETCH gives, RFC822.SIZE.  date_s: INTERNALDATE; saved_s: SAVEDATE (RFC 8514).
 * cache: the packed envelope and structure (wire/message), when asked for and known. */
#define MAILBOX_ENTRY_FIELDS(F, L)                                                                 \
	F(u32, uid)                                                                                \
	F(u32, size)                                                                               \
	F(i64, date_s)                                                                             \
	F(i64, saved_s)                                                                            \
	F(u64, flags)                                                                              \
	F(u64, modseq)                                                                             \
	F(u64, message)                                                                            \
	F(u32, recipient)                                                                          \
	F(u64, thread)                                                                             \
	F(span, cache)
PACK_DECLARE(mailbox_entry, MAILBOX_ENTRY_FIELDS)

/* Entries in order of uid, from `first` to `last`, with modseq > since, with all flags of `with`
 * and none of `without`: as many as max and a message between roles hold.  done: the last page;
 * else ask on behind its last uid.  at: the account's modseq of this moment. */
#define MAILBOX_PAGE_ARGS(F, L)                                                                    \
	F(span, ticket)                                                                            \
	F(u32, mailbox)                                                                            \
	F(u32, first)                                                                              \
	F(u32, last)                                                                               \
	F(u64, since) F(u64, with) F(u64, without) F(u32, max) F(bool, want_cache)
#define MAILBOX_PAGE_REPLY(F, L) L(mailbox_entry, entries) F(u64, at) F(bool, done)
PACK_DECLARE(mailbox_page_args, MAILBOX_PAGE_ARGS)
PACK_DECLARE(mailbox_page_reply, MAILBOX_PAGE_REPLY)
CALL_DECLARE(mailbox_page, mailbox_page_args, mailbox_page_reply);

/* All UIDs as runs, from `first` on, at most MAILBOX_RUNS_MAX; done as above. */
#define MAILBOX_UIDS_ARGS(F, L)  F(span, ticket) F(u32, mailbox) F(u32, first)
#define MAILBOX_UIDS_REPLY(F, L) L(mailbox_run, runs) F(u64, at) F(bool, done)
PACK_DECLARE(mailbox_uids_args, MAILBOX_UIDS_ARGS)
PACK_DECLARE(mailbox_uids_reply, MAILBOX_UIDS_REPLY)
CALL_DECLARE(mailbox_uids, mailbox_uids_args, mailbox_uids_reply);

/* What was expunged after `since`, of `known` (none: all); below the floor: all that is missing. At
 * most MAILBOX_RUNS_MAX runs; done as above. */
#define MAILBOX_VANISHED_ARGS(F, L)                                                                \
	F(span, ticket) F(u32, mailbox) F(u64, since) L(mailbox_run, known)
#define MAILBOX_VANISHED_REPLY(F, L) L(mailbox_run, runs) F(bool, done)
PACK_DECLARE(mailbox_vanished_args, MAILBOX_VANISHED_ARGS)
PACK_DECLARE(mailbox_vanished_reply, MAILBOX_VANISHED_REPLY)
CALL_DECLARE(mailbox_vanished, mailbox_vanished_args, mailbox_vanished_reply);

/* Octets [offset, offset + max) of a message as FETCH BODY[] gives it: the recipient's prefix,
 * prefix, header section, body.  header_bytes: where its body begins. */
#define MAILBOX_READ_ARGS(F, L)                                                                    \
	F(span, ticket) F(u32, mailbox) F(u32, uid) F(u64, offset) F(u32, max)
#define MAILBOX_READ_REPLY(F, L) F(span, octets) F(u64, size) F(u64, header_bytes)
PACK_DECLARE(mailbox_read_args, MAILBOX_READ_ARGS)
PACK_DECLARE(mailbox_read_reply, MAILBOX_READ_REPLY)
CALL_DECLARE(mailbox_read, mailbox_read_args, mailbox_read_reply);

/* The fronts of several messages at once, in order of uid: of each of `uids` that is there what
 * mailbox_read gives of its first octets, at most max, or of its header section alone.  As many as
 * a message between roles holds, at most MAILBOX_FRONTS_MAX; next: the first UID that was not
 * looked for, 0 at the end.  One that cannot be read is left out: mailbox_read says why. */
#define MAILBOX_FRONT_FIELDS(F, L) F(u32, uid) F(u64, size) F(u64, header_bytes) F(span, octets)
#define MAILBOX_FRONTS_ARGS(F, L)                                                                  \
	F(span, ticket) F(u32, mailbox) L(mailbox_run, uids) F(u32, max) F(bool, header)
#define MAILBOX_FRONTS_REPLY(F, L) L(mailbox_front, fronts) F(u32, next)
PACK_DECLARE(mailbox_front, MAILBOX_FRONT_FIELDS)
PACK_DECLARE(mailbox_fronts_args, MAILBOX_FRONTS_ARGS)
PACK_DECLARE(mailbox_fronts_reply, MAILBOX_FRONTS_REPLY)
CALL_DECLARE(mailbox_fronts, mailbox_fronts_args, mailbox_fronts_reply);

/* ---- changing ---- */

/* flags: those afterwards; with MAILBOX_GONE it was expunged. */
#define MAILBOX_CHANGE_FIELDS(F, L) F(u32, uid) F(u64, flags) F(u64, modseq)
PACK_DECLARE(mailbox_change, MAILBOX_CHANGE_FIELDS)

/* One or more messages (MULTIAPPEND, RFC 3502: all or none).  A message's content is as in
 * queue_submit, a large body as a blob by queue_file; it has no recipients and no return path.
 * date_s, 0: now.  cache: as an entry's.  uids: what they got, in order. */
#define MAILBOX_ADDED_FIELDS(F, L)                                                                 \
	L(record_message, message) F(u64, flags) F(i64, date_s) F(span, cache)
#define MAILBOX_APPEND_ARGS(F, L)  F(span, ticket) F(u32, mailbox) L(mailbox_added, added)
#define MAILBOX_APPEND_REPLY(F, L) F(u32, uid_validity) L(mailbox_run, uids) F(u64, modseq)
PACK_DECLARE(mailbox_added, MAILBOX_ADDED_FIELDS)
PACK_DECLARE(mailbox_append_args, MAILBOX_APPEND_ARGS)
PACK_DECLARE(mailbox_append_reply, MAILBOX_APPEND_REPLY)
CALL_DECLARE(mailbox_append, mailbox_append_args, mailbox_append_reply);

/* Which of the entries `first` .. `last` certainly do not hold the needles in their text?  Each
 * needle as wire/message/search folds it.  on: the account has an index.  uids: those that it
 * knows, rising; bits: for the k-th needle from octet k * ((n + 7) / 8) on, n being their number,
 * one for each of them, its lowest first: set, it may hold it, and is to be read.  Of others it
 * says nothing. next: ask on from there; 0: that was all. */
#define MAILBOX_NEEDLE_FIELDS(F, L) F(span, folded)
#define MAILBOX_SIFT_ARGS(F, L)                                                                    \
	F(span, ticket) F(u32, mailbox) F(u32, first) F(u32, last) L(mailbox_needle, needles)
#define MAILBOX_SIFT_REPLY(F, L) F(bool, on) L(mailbox_run, uids) F(span, bits) F(u32, next)
PACK_DECLARE(mailbox_needle, MAILBOX_NEEDLE_FIELDS)
PACK_DECLARE(mailbox_sift_args, MAILBOX_SIFT_ARGS)
PACK_DECLARE(mailbox_sift_reply, MAILBOX_SIFT_REPLY)
CALL_DECLARE(mailbox_sift, mailbox_sift_args, mailbox_sift_reply);

/* unchanged_since (RFC 7162 3.1.3; UINT64_MAX: always): those changed since come in `failed` and
 * stay. UIDs that are not there are passed over.  changed: also those that had these flags before.
 * modseq: what this change got; 0: nothing was changed.
 * ERR_TOO_LONG, and nothing was changed: more than MAILBOX_ENTRIES_MAX entries; ask in parts. */
enum mailbox_storing { MAILBOX_SET = 1, MAILBOX_ADD, MAILBOX_TAKE };
#define MAILBOX_FLAGS_ARGS(F, L)                                                                   \
	F(span, ticket)                                                                            \
	F(u32, mailbox) L(mailbox_run, uids) F(u8, how) F(u64, flags) F(u64, unchanged_since)
#define MAILBOX_FLAGS_REPLY(F, L) L(mailbox_change, changed) L(mailbox_run, failed) F(u64, modseq)
PACK_DECLARE(mailbox_flags_args, MAILBOX_FLAGS_ARGS)
PACK_DECLARE(mailbox_flags_reply, MAILBOX_FLAGS_REPLY)
CALL_DECLARE(mailbox_flags, mailbox_flags_args, mailbox_flags_reply);

/* By reference, all or none; move: and expunged here.  from, to: which became which, in order. */
#define MAILBOX_COPY_ARGS(F, L)                                                                    \
	F(span, ticket) F(u32, mailbox) F(u32, to) L(mailbox_run, uids) F(bool, move)
#define MAILBOX_COPY_REPLY(F, L)                                                                   \
	L(mailbox_run, from) L(mailbox_run, to) F(u32, uid_validity) F(u64, modseq)
PACK_DECLARE(mailbox_copy_args, MAILBOX_COPY_ARGS)
PACK_DECLARE(mailbox_copy_reply, MAILBOX_COPY_REPLY)
CALL_DECLARE(mailbox_copy, mailbox_copy_args, mailbox_copy_reply);

/* uids none: all.  deleted_only: those with MAILBOX_DELETED.  At most MAILBOX_ENTRIES_MAX go by one
 * call, the first ones: ask again while `gone` is not empty. */
#define MAILBOX_EXPUNGE_ARGS(F, L)                                                                 \
	F(span, ticket) F(u32, mailbox) L(mailbox_run, uids) F(bool, deleted_only)
#define MAILBOX_EXPUNGE_REPLY(F, L) L(mailbox_run, gone) F(u64, modseq)
PACK_DECLARE(mailbox_expunge_args, MAILBOX_EXPUNGE_ARGS)
PACK_DECLARE(mailbox_expunge_reply, MAILBOX_EXPUNGE_REPLY)
CALL_DECLARE(mailbox_expunge, mailbox_expunge_args, mailbox_expunge_reply);

/* Structure found at first need, for ever after. */
#define MAILBOX_CACHE_ARGS(F, L)  F(span, ticket) F(u32, mailbox) F(u32, uid) F(span, cache)
#define MAILBOX_CACHE_REPLY(F, L) F(u64, modseq)
PACK_DECLARE(mailbox_cache_args, MAILBOX_CACHE_ARGS)
PACK_DECLARE(mailbox_cache_reply, MAILBOX_CACHE_REPLY)
CALL_DECLARE(mailbox_cache, mailbox_cache_args, mailbox_cache_reply);

/* ---- of all accounts ---- */

/* Whose mailbox of that role (enum mailbox_role) has messages, by number of mailbox and behind
 * `after`, for the operator: one pass over what is in memory, however many accounts there are.  One
 * whose numbers are not known before its file is read is among them. */
enum { MAILBOX_HOLDERS_MAX = 500 };
#define MAILBOX_HOLDER_FIELDS(F, L) F(span, account) F(u32, mailbox)
#define MAILBOX_HOLDERS_ARGS(F, L)  F(span, ticket) F(u8, role) F(u32, after)
#define MAILBOX_HOLDERS_REPLY(F, L) L(mailbox_holder, holders) F(bool, more)
PACK_DECLARE(mailbox_holder, MAILBOX_HOLDER_FIELDS)
PACK_DECLARE(mailbox_holders_args, MAILBOX_HOLDERS_ARGS)
PACK_DECLARE(mailbox_holders_reply, MAILBOX_HOLDERS_REPLY)
CALL_DECLARE(mailbox_holders, mailbox_holders_args, mailbox_holders_reply);

/* ---- one that is damaged ---- */

/* The account's mailboxes whose files are damaged or lost get new ones, with all that is still
 * known of what was in them; for the operator.  Each has a new number, UIDVALIDITY and UIDs.
 * doubtful: messages whose flags may be wrong; plain: without the flags that they had; missing:
 * messages that could not be had back.  ERR_UNAVAILABLE: a backup is being made. */
#define MAILBOX_REBUILT_FIELDS(F, L)                                                               \
	F(span, path) F(u32, messages) F(u32, doubtful) F(u32, plain) F(u32, uid_validity)
#define MAILBOX_REBUILD_ARGS(F, L)  F(span, ticket)
#define MAILBOX_REBUILD_REPLY(F, L) L(mailbox_rebuilt, boxes) F(u64, missing)
PACK_DECLARE(mailbox_rebuilt, MAILBOX_REBUILT_FIELDS)
PACK_DECLARE(mailbox_rebuild_args, MAILBOX_REBUILD_ARGS)
PACK_DECLARE(mailbox_rebuild_reply, MAILBOX_REBUILD_REPLY)
CALL_DECLARE(mailbox_rebuild, mailbox_rebuild_args, mailbox_rebuild_reply);

/* ---- watching ---- */

/* From now on what happens in the mailbox comes in the reader's mailbox_events; once a reader and
 * mailbox, however many sessions watch.  reader: a random number, one a process, forgotten with all
 * its watches when it does not ask for events for MAILBOX_READER_MS.  off: no longer. */
#define MAILBOX_WATCH_ARGS(F, L)  F(span, ticket) F(u64, reader) F(u32, mailbox) F(bool, off)
#define MAILBOX_WATCH_REPLY(F, L) F(u64, modseq)
PACK_DECLARE(mailbox_watch_args, MAILBOX_WATCH_ARGS)
PACK_DECLARE(mailbox_watch_reply, MAILBOX_WATCH_REPLY)
CALL_DECLARE(mailbox_watch, mailbox_watch_args, mailbox_watch_reply);

/* State, not deltas that must all arrive: the numbers now, and up to MAILBOX_EVENT_CHANGES_MAX
 * changes since the last one, new entries among them; more: there were others, ask mailbox_page and
 * mailbox_vanished since `since`. removed: the mailbox is gone. */
#define MAILBOX_EVENT_FIELDS(F, L)                                                                 \
	F(u32, mailbox)                                                                            \
	F(bool, removed)                                                                           \
	F(u64, since)                                                                              \
	F(u64, modseq) F(u32, messages) F(u32, uid_next) L(mailbox_change, changes) F(bool, more)
#define MAILBOX_EVENTS_ARGS(F, L)  F(u64, reader) F(u32, wait_ms)
#define MAILBOX_EVENTS_REPLY(F, L) L(mailbox_event, events)
PACK_DECLARE(mailbox_event, MAILBOX_EVENT_FIELDS)
PACK_DECLARE(mailbox_events_args, MAILBOX_EVENTS_ARGS)
PACK_DECLARE(mailbox_events_reply, MAILBOX_EVENTS_REPLY)
CALL_DECLARE(mailbox_events, mailbox_events_args, mailbox_events_reply);

#endif
