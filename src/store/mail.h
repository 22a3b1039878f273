/* store/mail.h - the mailboxes of our accounts: names, entries, what changes them.
 *
 * Floor 2.  An entry refers to a message in the store; neither delivery nor a copy copies anything.
 * Numbers (uid, modseq, quota) are given out in the journal's order; what changes something returns
 * once it is synced, and then all that was asked for counts, or nothing.
 *
 *   ERR_NOT_FOUND  no such mailbox, or message
 *   ERR_EXISTS     the name is taken
 *   ERR_QUOTA      the account is full
 *   ERR_TOO_LONG   over a limit of calls/mailbox.h;  ERR_TOO_BIG: of a journal segment
 *   and what store_commit returns; nothing was changed
 */
#ifndef STORE_MAIL_H
#define STORE_MAIL_H

#include "calls/records.h"
#include "store/names/names.h"

struct store;

/* ---- names ---- */

/* An account's mailboxes; INBOX and those of special use are made at its first use.  Lives as long
 * as the store. */
NODISCARD WAITS int store_account(struct store *sp, struct span name, struct account **out);
/* Makes the account's mailbox of that role, if it has none. */
NODISCARD WAITS int store_account_role(struct store *sp, struct account *a, enum mailbox_role role);
/* The same without making it: ERR_NOT_FOUND when it was never used. */
NODISCARD int store_account_known(struct store *sp, struct span name, struct account **out);

/* What it holds; ERR_NOT_FOUND as above. */
NODISCARD int store_account_use(const struct store *sp, struct span name, uint64_t *messages,
                                uint64_t *octets);
/* All that is kept of it goes, for good: nobody is let in any more, and mail for it is refused with
 * ERR_UNAVAILABLE.  In steps, between which others go on; what was done stays done, so that a call
 * that failed, or was cut, goes on with the next one.  One that has nothing is no mistake.  Returns
 * once it is durable and the files are gone; of messages that nobody else has the space comes back
 * a moment later.  Then the name must not be used again. */
NODISCARD WAITS int store_account_remove(struct store *sp, struct span name);

/* Numbers of mailboxes of that role above `after` that hold messages, or may, rising: the first
 * `max` of them into out, until the caller waits; how many.  more: there are others. */
size_t store_mailboxes_holding(const struct store *sp, uint8_t role, uint32_t after, uint32_t *out,
                               size_t max, bool *more);
/* Any mailbox, until the caller waits; NULL: there is none. */
struct mailbox *store_mailbox(const struct store *sp, uint32_t number);
/* One of its mailboxes that holds messages, by number; it stays until it is left. */
NODISCARD int store_mailbox_enter(struct account *a, uint32_t number, struct mailbox **out);
void store_mailbox_leave(struct mailbox **m);

/* Made with the levels above it that are missing.  A level becomes a mailbox.  ERR_LIMIT: the
 * account has as many as a list of them holds; or another one has that role. */
NODISCARD WAITS int store_mailbox_make(struct store *sp, struct account *a, struct span path,
                                       enum mailbox_role role, struct mailbox **out);
/* With all below it.  INBOX: its messages go to a new mailbox of that name, and a new INBOX is
 * empty; what is below INBOX stays. */
NODISCARD WAITS int store_mailbox_rename(struct store *sp, struct account *a, uint32_t number,
                                         struct span path, struct mailbox **out);
/* With what is in it; one with children stays as a level.  ERR_REFUSED: INBOX, or a level that has
 * children. */
NODISCARD WAITS int store_mailbox_remove(struct store *sp, struct account *a, uint32_t number);
/* ERR_LIMIT: the account has too many. */
NODISCARD WAITS int store_mailbox_subscribe(struct store *sp, struct account *a, struct span path,
                                            bool on);
/* The number of the keyword, which is made when it is missing.  ERR_QUOTA: all are taken. */
NODISCARD WAITS int store_keyword(struct store *sp, struct account *a, struct span name,
                                  uint8_t *number);

/* ---- entries: m was entered ---- */

struct store_added {
	struct record_message *m; /* without recipients; gets id, sizes, time, login, protocol */
	uint64_t flags;
	int64_t date_s;
	struct span cache;
};
/* uids: n, in order. */
NODISCARD WAITS int store_mail_append(struct store *sp, struct mailbox *m,
                                      const struct store_added *added, size_t n, uint32_t *uids,
                                      uint64_t *modseq);

/* ERR_TOO_LONG: more than MAILBOX_ENTRIES_MAX entries. */
struct store_flagging {
	const struct mailbox_run *runs;
	size_t n_runs;
	enum mailbox_storing how;
	uint64_t flags;
	uint64_t unchanged_since; /* UINT64_MAX: always */
	/* out, in mem: all that were looked at but those that had changed since */
	struct mailbox_change *changed;
	size_t n_changed;
	struct mailbox_run *failed;
	size_t n_failed;
	uint64_t modseq; /* of what changed; 0: all had these flags */
};
NODISCARD WAITS int store_mail_flags(struct store *sp, struct mailbox *m, struct store_flagging *f,
                                     struct arena *mem);

struct store_copying {
	const struct mailbox_run *runs;
	size_t n_runs;
	bool move;
	/* out, in mem: which became which, in order */
	struct mailbox_run *from, *to;
	size_t n_from, n_to;
	uint64_t modseq;
};
NODISCARD WAITS int store_mail_copy(struct store *sp, struct mailbox *m, struct mailbox *to,
                                    struct store_copying *c, struct arena *mem);

/* n_runs 0: all.  MAILBOX_ENTRIES_MAX are all or none; of more, each so many. */
struct store_expunging {
	const struct mailbox_run *runs;
	size_t n_runs;
	size_t max; /* entries; 0: MAILBOX_ENTRIES_MAX */
	bool deleted_only;
	/* out, in mem */
	struct mailbox_run *gone;
	size_t n_gone;
	uint64_t modseq;
};
NODISCARD WAITS int store_mail_expunge(struct store *sp, struct mailbox *m,
                                       struct store_expunging *e, struct arena *mem);

NODISCARD WAITS int store_mail_cache(struct store *sp, struct mailbox *m, uint32_t uid,
                                     struct span cache);

/* Octets [offset, offset + max) of what FETCH gives: the recipient's prefix (BOX_NO_RECIPIENT:
 * none), prefix, header section, body.  header_bytes: where the body begins.  As store_read. */
struct store_entry_read {
	uint64_t message;
	uint32_t recipient;
	uint64_t offset;
	size_t max;
	bool header; /* no further than the header section */
	struct buf *out;
	uint64_t header_bytes, size; /* out */
};
NODISCARD WAITS int store_mail_read(struct store *sp, struct store_entry_read *e);

/* The fronts of several entries by one visit to the journal: each as far as max octets, or its
 * header section alone, one behind the other in `out`, as long as out has less than `enough`. */
struct store_front {
	uint64_t message;
	uint32_t recipient;
	/* out */
	bool read;
	uint64_t segment, header_bytes;
	size_t at, n; /* in out's octets */
};
struct store_fronts {
	struct store_front *fronts;
	size_t n, done; /* done, out: the first ones; of the others nothing is said */
	size_t max, enough;
	bool header;
	struct buf *out;
};
NODISCARD WAITS int store_mail_fronts(struct store *sp, struct store_fronts *f);

/* What the ledger knows of the messages of n entries of a mailbox of that account, if it does. */
struct store_entry_about {
	struct span return_path, subject, recipient;
};
NODISCARD WAITS int store_mail_about(struct store *sp, struct span account,
                                     const struct box_entry *entries, size_t n, struct arena *mem,
                                     struct store_entry_about *out);

/* Those of the account's mailboxes whose files are damaged or lost get new ones, with all that is
 * still known of what was in them: under a new number and UIDVALIDITY, UIDs from 1 on, all or none.
 * Nothing else changes meanwhile.  ERR_UNAVAILABLE: a backup is being made. */
struct store_rebuilt {
	struct span path;
	uint32_t messages; /* that it has again, of these: */
	uint32_t doubtful; /* with flags that may be wrong, */
	uint32_t plain;    /* or without those that they had */
	uint32_t uid_validity;
};
struct store_rebuilding {
	struct store_rebuilt *boxes;
	size_t n;
	uint64_t missing; /* messages that were in them and cannot be read any more */
};
NODISCARD WAITS int store_mail_rebuild(struct store *sp, struct account *a, struct arena *mem,
                                       struct store_rebuilding *out);

/* What happened, after each commit and in its order: fn must not wait.  changes: new entries (as
 * their uid and flags), changed ones, and those that are gone. */
struct store_mail_event {
	struct mailbox *mailbox;
	uint64_t modseq;
	const struct mailbox_change *changes;
	size_t n_changes;
	bool removed; /* it is about to go */
};
typedef void store_mail_fn(const struct store_mail_event *e, void *arg);
void store_mail_follow(struct store *sp, store_mail_fn *fn, void *arg);

/* Limits of an account's own; 0: the settings'.  It need not have been used yet.  ERR_NO_MEMORY. */
NODISCARD int store_limit_set(struct store *sp, struct span account, uint64_t octets,
                              uint64_t messages);
/* What an account may use; 0: no limit.  The one place that says so. */
void store_quota(const struct store *sp, struct span account, uint64_t *octets, uint64_t *messages);
/* Is there room for a message of so many octets?  Asks for now and for one: what comes at the same
 * time is not seen.  ERR_QUOTA. */
NODISCARD int store_room(const struct store *sp, struct span account, uint64_t octets);

#endif
