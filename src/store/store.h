/* store/store.h - accepted messages: committed, read back, brought to an end.
 *
 * Floor 2.  The truth is the journal; the SQL ledger beside it is written in the
 * same order, a moment later, and brought up to date from the journal at start.
 * All functions run on the store role's loop; those marked WAITS park the fibre.
 */
#ifndef STORE_SPOOL_H
#define STORE_SPOOL_H

#include "config/settings.h"
#include "rt/fibre.h"
#include "calls/records.h"

struct store;

/* Whether the store can work with these.  Pure; ERR_CONFIG. */
NODISCARD int store_check_settings(const struct settings *set);
/* How people know data_dir, where the settings have it as this process's root.  Borrowed. */
void store_tell_as(const char *data_dir);
/* Creates data_dir's content when missing, migrates, replays the journal's tail
 * into the ledger, recycles what is dead.  Must run in a fibre.  ERR_CORRUPT, ERR_IO,
 * ERR_CONFIG (a newer format: downgrade refused plainly). */
NODISCARD WAITS int store_open(const struct settings *set, struct store **out);
/* The settings have changed: store.ledger_kept, and quotas. */
void store_reload(struct store *sp, const struct settings *set);
/* Syncs and closes; the ledger is up to date afterwards. */
WAITS void store_close(struct store *sp);

/* A body that is being received above store.blob_threshold: a file of its own, named by the number;
 * gone at store_blob_abort, or at start when no message refers to it.  Either it is appended to
 * here, or its descriptor is given to who receives, who writes and closes it, and then it has to be
 * ended before the commit. */
NODISCARD WAITS int store_blob_begin(struct store *sp, uint64_t *blob);
NODISCARD WAITS int store_blob_append(struct store *sp, uint64_t blob, struct span octets);
WAITS void store_blob_abort(struct store *sp, uint64_t blob);
/* The only descriptor that writes; the caller's to close.  ERR_NOT_FOUND: given away before. */
NODISCARD int store_blob_give(struct store *sp, uint64_t blob, int *fd);
/* Takes the read lease, which the kernel refuses while anybody could still write: ERR_UNAVAILABLE.
 * *reader: a descriptor that reads, the caller's to close. */
NODISCARD WAITS int store_blob_end(struct store *sp, uint64_t blob, int *reader);
/* Octets in it.  ERR_UNAVAILABLE: it was given away, and not ended. */
NODISCARD int store_blob_size(struct store *sp, uint64_t blob, uint64_t *size);
/* Is there room for more of the blobs that are written elsewhere?  ERR_NO_SPACE. */
NODISCARD WAITS int store_blob_room(struct store *sp);

/* Commits one message and returns once it is synced (group commit).  Once it is on its
 * way to the disk, neither deadline nor cancellation cuts it short.  Sets m->id (unique, rising,
 * also over restarts; a given one must be above all others: ERR_EXISTS), m->time_ms unless given,
 * m->size_bytes and m->body_bytes, and the uid of each recipient with an account: those are
 * delivered by the commit itself.  changes (may be none) are written in the same group, behind the
 * message: a DSN and the final state it tells of go together.  One with message 0 is about m
 * itself. ERR_NO_SPACE, ERR_IO: nothing was accepted.  ERR_TOO_BIG: no segment holds it.
 * ERR_UNAVAILABLE (or what fails): the ledger is too far behind.  ERR_NOT_FOUND: m->blob.
 * id_text: ID_TEXT_LEN octets of m's content, which become the id's text; NULL: none do. */
NODISCARD WAITS int store_commit(struct store *sp, struct record_message *m, char *id_text,
                                 struct record_change *changes, size_t n_changes);
/* Records state changes and returns once they are synced.  Sets seq and time_ms.
 * A message whose recipients are all final, and that is in no mailbox, gives its space back.
 * On an error none is recorded: try again. */
NODISCARD WAITS int store_record(struct store *sp, struct record_change *changes, size_t n);
/* As store_record for what need not survive a crash (TRYING): ledger only, no sync, no wait. */
void store_note(struct store *sp, struct record_change *change);

/* A live message's content: what its record holds into front (prefix, header section, and the body
 * unless that is a blob), and a descriptor that reads the blob in *file, the caller's to close; -1
 * without.  ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO; what front's cap does not hold. */
NODISCARD WAITS int store_text(struct store *sp, uint64_t id, struct buf *front, int *file);
/* Octets [offset, offset + max) of a live message's content (prefix, header section, body) into
 * out; fewer at its end.  ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO. */
NODISCARD WAITS int store_read(struct store *sp, uint64_t id, uint64_t offset, size_t max,
                               struct buf *out);
/* The first max octets of its prefix and header section; never opens a blob.  As store_read. */
NODISCARD WAITS int store_read_header(struct store *sp, uint64_t id, size_t max, struct buf *out);
/* The prefix that a recipient has for itself, empty without; it stands before the content.  Lives
 * in mem.  As store_read; ERR_NOT_FOUND also when there is no such recipient. */
NODISCARD WAITS int store_read_prefix(struct store *sp, uint64_t id, uint32_t recipient,
                                      struct arena *mem, struct span *out);

/* One who follows the changes: fn is called after each in seq order, once it is synced (or noted).
 * It must not wait.  The struct is the follower's, until store_unfollow, which fn may call. */
struct store_follower {
	void (*fn)(const struct record_change *f, void *arg);
	void *arg;
	struct list link;
};
void store_follow(struct store *sp, struct store_follower *who);
void store_unfollow(struct store_follower *who);

/* One undecided remote recipient, from the ledger. */
struct store_pending {
	uint64_t message;
	uint32_t recipient;
	struct span return_path, address, domain, login;
	int64_t accepted_ms, next_try_ms;
	uint32_t attempt; /* finished attempts */
	uint64_t size_bytes;
	bool body_8bit, smtputf8;
	bool by_http;     /* it was handed in by HTTP */
	int64_t begun_ms; /* from when on it is tried: accepted_ms, or later where it is to wait */
	uint8_t state;
	struct span route; /* of its own, by an order; empty: none */
	/* store_scan only: */
	uint8_t class;
	struct span text;     /* of the latest attempt */
	struct span who, why; /* held by whom, and why */
};
/* Where a row stands: undecided ones are ordered by these three. */
struct store_place {
	int64_t next_try_ms;
	uint64_t message;
	uint32_t recipient;
};
/* Up to max of them strictly after the given place; TRYING counts as QUEUED (a crash cut it).
 * The ledger is brought up to date first.  Spans live in mem. */
NODISCARD WAITS int store_pending(struct store *sp, struct store_place after, size_t max,
                                  struct arena *mem, struct store_pending **out, size_t *n);

/* The same with states as they are, for those who look for some of them among many: one call
 * looks at a bounded number of rows, so that it takes milliseconds however many there are. */
struct store_scan {
	struct store_place after; /* on return: of the last row that was looked at */
	uint64_t message;         /* only this one's; 0: of all */
	size_t max;               /* rows that are kept, */
	size_t look;              /* and looked at */
	/* Whether to keep the row.  On another thread: pure.  Its spans live for the call. */
	bool (*wanted)(const struct store_pending *row, const void *arg);
	const void *arg;
	/* out */
	struct store_pending *rows;
	size_t n;
	bool more; /* there may be others behind `after` */
};
NODISCARD WAITS int store_scan(struct store *sp, struct store_scan *scan, struct arena *mem);

/* Feedback from the ledger: latest state of each recipient of a message, up to max from the
 * given one on (store_status; ERR_NOT_FOUND when there is none), or all records with seq > after,
 * of one message or (message 0) of all (store_history). */
NODISCARD WAITS int store_status(struct store *sp, uint64_t message, uint32_t from, size_t max,
                                 struct arena *mem, struct record_change **out, size_t *n);
NODISCARD WAITS int store_history(struct store *sp, uint64_t after_seq, uint64_t message,
                                  size_t max, struct arena *mem, struct record_change **out,
                                  size_t *n);
/* The number of the latest change before that time; 0: there is none. */
NODISCARD WAITS int store_seq_before(struct store *sp, int64_t time_ms, uint64_t *out);
/* What came back later about a message's recipients: up to max, in order of seq. */
NODISCARD WAITS int store_reports(struct store *sp, uint64_t message, size_t max, struct arena *mem,
                                  struct record_change **out, size_t *n);
/* The message's record without its content; ERR_NOT_FOUND.  By RFC 5322 Message-ID: the newest. */
NODISCARD WAITS int store_message(struct store *sp, uint64_t id, struct arena *mem,
                                  struct record_message *out);
/* The account that handed it in, empty: none; ERR_NOT_FOUND. */
NODISCARD WAITS int store_login(struct store *sp, uint64_t id, struct arena *mem, struct span *out);
/* Messages that an account handed in, without recipients, the latest first: up to max of those
 * before an id (0: from the latest on) to whom all that is given applies.  recipient: one of that
 * address; states: of one in such a state (1 << enum recipient_state each); 0, empty: any. */
struct store_sent {
	struct span login, recipient, tag;
	uint64_t before;
	int64_t since_ms;
	unsigned states;
	size_t max;
};
NODISCARD WAITS int store_sent(struct store *sp, const struct store_sent *which, struct arena *mem,
                               struct record_message **out, size_t *n);
/* What its sender's program gave with it (record_tags); each empty: nothing. */
NODISCARD WAITS int store_tags(struct store *sp, uint64_t id, struct arena *mem, struct span *tags,
                               struct span *metadata);
/* The message that an account handed in by that name of its own (record_once) at since_ms or later,
 * and the digest of what it was; ERR_NOT_FOUND. */
NODISCARD WAITS int store_handed_in(struct store *sp, struct span login, struct span key,
                                    int64_t since_ms, struct arena *mem, uint64_t *id,
                                    struct span *digest);
/* What the defence found in it (record_findings_json; empty: nobody looked), and what followed for
 * its recipients, the first max of those for whom something did.  Both stay with the ledger's rows.
 */
struct store_followed {
	uint32_t recipient;
	struct span step, action, account;
};
struct store_defence {
	struct span findings;
	struct store_followed *followed;
	size_t n_followed;
};
NODISCARD WAITS int store_defence(struct store *sp, uint64_t id, size_t max, struct arena *mem,
                                  struct store_defence *out);
NODISCARD WAITS int store_find(struct store *sp, struct span message_id, uint64_t *id);
/* For a copy of the ledger (calls/mirror.h): of the changes with a seq above `after` that are
 * written those that fit one call, with their messages and recipients as they are now. */
struct mirror_row;
struct store_mirror {
	uint64_t after; /* in */
	uint64_t upto;  /* the rest: out */
	int64_t since_ms;
	struct mirror_row *rows;
	size_t n_rows;
};
NODISCARD WAITS int store_mirror(struct store *sp, struct arena *mem, struct store_mirror *out);
/* The latest seq given out. */
uint64_t store_seq(const struct store *sp);

/* What the journal holds (files, spares and what is being written included), and what of it is
 * needed: by messages that are alive, and for what it says of others.  In octets. */
struct store_space {
	uint64_t held, needed;
};
void store_space(const struct store *sp, struct store_space *out);
/* How many recipients are in each state that is not final; the others are left as they were.  It
 * looks at each of them. */
NODISCARD WAITS int store_undecided(struct store *sp, uint64_t by_state[RECIPIENT_HELD + 1]);
/* Counted costs since the start, for tests, benchmarks and metrics. */
struct store_counts {
	uint64_t messages, changes, syncs, bytes_written, batches, segments, ledger_batches;
};
void store_counts(const struct store *sp, struct store_counts *out);

/* For so long no segment of the journal is used again and no blob removed, for who copies the data
 * directory; it can be asked for again, and 0 ends it.  Returns once what was under way has ended.
 */
NODISCARD WAITS int store_hold(struct store *sp, int64_t ms);
/* A file of the data directory: it was restored from a backup, and was not used since. */
#define STORE_RESTORED "restored"

/* Can large bodies be kept in this directory?  ERR_CONFIG: its file system has no leases; the words
 * say what to do.  Blocks; needs no open store. */
NODISCARD int store_lease_check(const char *data_dir);
/* Reads every segment, blob and ledger row without changing anything and reports
 * each fault as a line in out; 0 when all is well, ERR_CORRUPT.  Needs no open store. */
NODISCARD int store_verify(const char *data_dir, struct buf *out);

#endif
