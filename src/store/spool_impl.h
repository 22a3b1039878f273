/* store/spool_impl.h - what spool*.c, keeper.c and mailbox.c share. */
#ifndef STORE_SPOOL_IMPL_H
#define STORE_SPOOL_IMPL_H

#include "store/ledger.h"
#include "store/live.h"
#include "store/spool.h"

enum {
	SPOOL_ROOM_SEGMENTS = 16,   /* of the disk are kept free of mail, for the ledger and */
	SPOOL_ROOM_MAX = 128 << 20, /* for results; and no more than that */
	SPOOL_SEGMENT_MIN = 64 << 10,
	SPOOL_SEGMENT_MAX = 1 << 30,
	SPOOL_SEALS_MAX = 2,
};

/* A blob that is being received. */
struct spool_blob {
	uint64_t number, size_bytes;
	int fd;
	bool broken; /* an append failed */
	bool busy, aborted;
};

/* The INBOX of an account. */
struct spool_box {
	struct span account; /* behind this struct */
	uint32_t uid_next;
};

struct spool {
	uint64_t segment_size;
	uint64_t room; /* octets of the disk that mail leaves free */
	int64_t ledger_kept_ms;
	int dir, journal_dir, blob_dir, lock;
	struct journal *journal;
	struct ledger *ledger;
	struct live live;
	struct map blobs; /* struct spool_blob by number */
	size_t n_sealing; /* of them */
	struct cond sealed;
	struct map boxes; /* struct spool_box by account */
	uint64_t last_id, last_seq;
	void (*on_change)(const struct record_feedback *f, void *arg);
	void *on_change_arg;
	uint64_t n_messages, n_changes;

	/* keeper.c */
	struct nursery fibres;
	struct cond keeper_work;
	bool keeper_work_waits, stopping;
	int64_t prune_at;
	struct buf dead_blobs; /* their numbers */
	struct buf lost;       /* struct spool_lost: recipients whose text is gone */
};

struct spool_lost {
	uint64_t message;
	uint32_t recipient;
};

/* What a start finds before the first fibre. */
struct spool_start {
	struct spool *sp;
	const char *data_dir;
	struct journal_place applied; /* by the ledger */
	struct journal_place end;     /* of the log */
	uint64_t next_number;         /* for a new segment */
	struct segfile *files;
	size_t n_files;
	uint64_t spares[JOURNAL_SPARES_MAX];
	size_t n_spares;
	uint64_t replayed, damaged; /* records; octets */
};

/* spool_replay.c.  Blocks. */
NODISCARD int spool_replay(struct spool_start *start);
/* spool_load.c: what the ledger knows of live messages, mailboxes and blobs.  Blocks. */
NODISCARD int spool_load(struct spool *sp);

uint64_t spool_next_id(struct spool *sp);
/* The mailbox, made when missing; NULL: no memory. */
struct spool_box *spool_box(struct spool *sp, struct span account);

/* A group on its way, with what is to be done once it is durable. */
enum spool_op_kind { SPOOL_OP_COMMIT, SPOOL_OP_NOTE, SPOOL_OP_COPY };
struct spool_op {
	enum spool_op_kind kind;
	struct spool *sp;
	struct journal_group group;
	struct ledger_item *item; /* until the ledger has it */
	struct record_message *m; /* NULL: changes only */
	uint64_t seq;             /* of m's first recipient */
	struct live_message *live;
	uint64_t copied_from; /* segment */
	struct record_feedback *changes;
	size_t n_changes;
	struct spool_copy *copies; /* SPOOL_OP_COPY: of each record */
	size_t n_copies;
};

/* A live message that is written again. */
struct spool_copy {
	uint64_t id;
	uint64_t offset, octets; /* of its record where it lies */
	uint32_t mailboxes;      /* by the ledger; 0 while it is unfinished, too */
	size_t at;               /* of its record in the new group */
};
NODISCARD int spool_op_init(struct spool_op *op, struct spool *sp);
void spool_op_fini(struct spool_op *op);
/* The journal's callback. */
void spool_committed(struct journal_group *g, void *arg);

/* spool_blob.c: makes m's blob durable and sets its size; without one, sets the body's. */
NODISCARD WAITS int spool_blob_seal(struct spool *sp, struct record_message *m);
/* Follows a seal that succeeded.  committed: a message refers to it now. */
WAITS void spool_blob_unseal(struct spool *sp, uint64_t blob, bool committed);
void spool_blobs_fini(struct spool *sp);

/* spool_compact.c: writes what is alive in a segment again; it is dead then. */
NODISCARD WAITS int spool_compact(struct spool *sp, uint64_t segment);

/* keeper.c */
NODISCARD int keeper_start(struct spool *sp);
/* There is something to give back. */
void keeper_wake(struct spool *sp);

#endif
