/* store/store_impl.h - what the files of store/ share. */
#ifndef STORE_SPOOL_IMPL_H
#define STORE_SPOOL_IMPL_H

#include "base/map.h"
#include "store/ledger/ledger.h"
#include "store/mail.h"
#include "store/segments.h"
#include "store/store.h"

enum {
	STORE_ROOM_SEGMENTS = 16,      /* of the disk are kept free of mail, for the ledger and */
	STORE_ROOM_MAX = 256 << 20,    /* for results; and no more than that */
	STORE_ROOM_LEDGER = 4,         /* a part of it is the ledger's alone, */
	STORE_ROOM_AHEAD = 16,         /* which is not behind by more than such a part of records */
	STORE_ROOM_PLENTY = 256 << 20, /* besides: nobody looks */
	STORE_SEGMENT_MIN = 64 << 10,  /* of tests; settings.def has the operator's */
	STORE_RCPT_OCTETS = 1 << 10,   /* a recipient in a record, at most about */
	STORE_SEGMENT_MAX = 1 << 30,
	STORE_SEALS_MAX = 2,
};

/* A blob that is being received. */
struct store_blob {
	uint64_t number, size_bytes;
	int fd;      /* to write; -1 once given away */
	int reader;  /* holds the lease; -1 before it was taken, and once sealed */
	bool broken; /* an append or the sync failed */
	bool sealed; /* it is durable */
	bool busy, aborted;
};

struct store {
	unsigned node; /* server.node */
	uint64_t segment_size;
	uint64_t room;  /* octets of the disk that mail leaves free; */
	uint64_t least; /* results this: a segment for copies, and the ledger's part */
	int64_t ledger_kept_ms;
	int dir, journal_dir, blob_dir, mail_dir, lock;
	struct journal *journal;
	struct ledger *ledger;
	struct store_segments segments;
	bool lost;        /* sweep.c: the ledger has messages in segments that are gone */
	struct map blobs; /* struct store_blob by number */
	size_t n_sealing; /* of them */
	struct cond sealed;

	/* mail/ */
	struct names names;
	struct box_set *boxes;
	struct journal_place done; /* the journal's end, as far as it was told */
	uint64_t folded_bytes;     /* the journal's octets at the latest fold */
	bool fold_waits, folding, swept_mail;
	struct cond fold_work, fold_free;
	store_mail_fn *mail_fn;
	void *mail_arg;
	uint64_t quota_octets, quota_messages; /* of an account; 0: none */
	struct map limits; /* of some: struct store_limit by account, mail/quota.c */

	/* still.c */
	bool still;
	size_t n_moving;
	struct cond moved;

	uint64_t last_id, last_seq;
	struct list followers; /* struct store_follower */
	uint64_t n_messages, n_changes;

	/* reclaim.c */
	struct nursery fibres;
	struct cond reclaim_work;
	bool reclaim_waits, stopping;
	bool reclaiming;       /* something is being given back */
	struct cond reclaimed; /* nothing is */
	int64_t held_until_at; /* nothing may be before */
	int64_t prune_at;
	struct buf dead_blobs; /* their numbers */
	uint64_t sweep_upto;   /* blobs with lower numbers that no message has are to be removed; 0:
	                          done */
};

/* What a start finds before the first fibre. */
struct store_start {
	struct store *sp;
	const char *data_dir;
	struct journal_place applied; /* by the ledger */
	struct journal_place folded;  /* by the files of mailboxes */
	struct journal_place end;     /* of the log */
	uint64_t next_number;         /* for a new segment */
	struct segfile *files;
	size_t n_files;
	uint64_t spares[JOURNAL_SPARES_MAX];
	size_t n_spares;
	uint64_t replayed, damaged; /* records; octets */
	bool lost;                  /* the ledger has messages in segments that are gone */
};

/* replay.c.  Blocks. */
NODISCARD int store_replay(struct store_start *start);
/* Reads the journal from `from` on, a file at a time, in rising order. */
struct segfile_reader;
struct segment_record;
struct journal_pass {
	struct store_start *start;
	struct journal_place from, end; /* end: where it got to */
	int (*take)(const struct segfile_reader *reader, const struct segment_record *record,
	            void *arg);
	void *arg;
	bool singly;      /* what checks of a damaged group is taken, too */
	uint64_t damaged; /* octets that were passed over */
};
NODISCARD int store_journal_pass(struct journal_pass *p, const struct segfile *file);
/* load.c: what the ledger knows of segments and blobs.  Blocks. */
NODISCARD int store_load(struct store_start *start);

uint64_t store_next_id(struct store *sp);
/* A group on its way, with what is to be done once it is durable. */
enum store_op_kind { STORE_OP_COMMIT, STORE_OP_NOTE };
struct mail_effect;
struct store_op {
	enum store_op_kind kind;
	struct store *sp;
	struct journal_group group;
	struct ledger_item *item; /* until the ledger has it */
	struct record_message *m; /* NULL: changes only */
	char *id_text;            /* where in its content the id is written; NULL: nowhere */
	uint64_t seq;             /* of m's first recipient */
	struct record_change *changes;
	size_t n_changes;
	struct mail_effect *effects; /* on mailboxes: mail/effect.h */
	struct arena mem;            /* theirs */
};
NODISCARD int store_op_init(struct store_op *op, struct store *sp);
void store_op_fini(struct store_op *op);
/* A record of op->m, and its deliveries; its numbers were given.  The content of the group's first
 * record is not copied. */
NODISCARD int store_pack_message(struct store_op *op);
/* The journal's callback. */
void store_committed(struct journal_group *g, void *arg);

/* still.c: what brings a message or changes an entry takes its numbers and commits between these
 * two; whoever does waits for nothing in between that could wait for a rebuild. */
NODISCARD WAITS int store_move(struct store *sp);
void store_moved(struct store *sp);
/* None does, from here (unless it fails) to there. */
NODISCARD WAITS int store_still(struct store *sp);
void store_move_on(struct store *sp);

/* store_blob.c: makes m's blob durable, if it has one, and sets m's sizes. */
NODISCARD WAITS int store_blob_seal(struct store *sp, struct record_message *m);
/* Follows a seal that succeeded.  committed: a message refers to it now. */
WAITS void store_blob_unseal(struct store *sp, uint64_t blob, bool committed);
void store_blobs_fini(struct store *sp);

/* compact.c: writes again what is needed of a segment, which then is emptied.  1: too much is
 * needed; the segment says how much. */
NODISCARD WAITS int store_compact(struct store *sp, uint64_t segment);

/* mail/fold.c: starts the fibre that folds, */
NODISCARD int store_fold_start(struct store *sp);
/* wakes it when that is due, */
void store_fold_look(struct store *sp);
/* or folds now. */
NODISCARD WAITS int store_fold(struct store *sp);
/* mail/load.c, mail/replay.c: at start, once the ledger has the whole journal.  Block. */
NODISCARD int store_mail_load(struct store_start *start);
NODISCARD int store_mail_replay(struct store_start *start);
/* mail/leap.c: then, where the data directory was restored. */
NODISCARD int store_mail_leap(struct store_start *start);

/* reclaim.c */
NODISCARD int store_reclaim_start(struct store *sp);
/* There is something to give back. */
void store_reclaim_wake(struct store *sp);

/* mail/quota.c */
void store_limits_fini(struct store *sp);

#endif
