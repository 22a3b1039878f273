/* store/ledger/ledger_impl.h - what ledger*.c share. */
#ifndef STORE_LEDGER_IMPL_H
#define STORE_LEDGER_IMPL_H

#include <pthread.h>

#include "rt/worker.h"
#include "store/ledger/ledger.h"

enum {
	LEDGER_DELAY_MS = 50,         /* how far the ledger may be behind */
	LEDGER_GATHER = 2000,         /* items that are not kept waiting any longer */
	LEDGER_BATCH = 8000,          /* most items in a transaction, */
	LEDGER_BATCH_BYTES = 8 << 20, /* and octets */
	LEDGER_RETRY_MS = 1000,
	LEDGER_BACKLOG_BYTES = 64 << 20,
	LEDGER_PAGE_BYTES = 4096,
	LEDGER_WAL_PAGES = 8192, /* 32 MiB of WAL ask for a checkpoint, */
	LEDGER_ROOM = 96 << 20,  /* and so does any, once the disk has not that much room besides */
	LEDGER_CHUNK_BYTES = 64 << 10, /* the file grows by so many, when there is little room */
	LEDGER_PRUNE_STEP = 200,
	LEDGER_READERS = 3,
	LEDGER_READERS_QUEUE = 1, /* of them are kept free for the queue */
	KEYS_STEP = 16384,        /* messages whose keys are entered at once */
};

/* ledger_write.c's statements. */
enum ledger_statement {
#define STATEMENT(name, text) LEDGER_##name,
#include "store/ledger/ledger_statements.def"
#undef STATEMENT
	LEDGER_STATEMENTS
};

/* Recent messages that message_key does not hold yet; the reader looks in here too. */
struct ledger_keys {
	pthread_mutex_t lock;
	struct ledger_key {
		uint64_t hash, message;
	} * v;
	size_t n, room;
	bool entered; /* into the table, by the transaction under way */
};

struct ledger_reader {
	sqlite3 *db;
	sqlite3_stmt *st[LEDGER_STATEMENTS];
	struct ledger_keys *keys;
	struct worker *thread;
	bool busy;
};

struct ledger {
	/* used by one pool thread at a time */
	sqlite3 *db;
	sqlite3_stmt *st[LEDGER_STATEMENTS];
	struct ledger_marks marks; /* as of the latest transaction */
	struct ledger_keys keys;
	uint64_t prune_after; /* older messages were looked at in this round */
	bool wal_full;        /* as of the latest transaction */
	uint64_t disk_free;   /* octets, when last looked */
	uint64_t skipped;     /* records that could not be read */
	bool starting;        /* what the journal has and the ledger has not is applied */
	struct {
		struct buf alive; /* struct ledger_alive, */
		struct buf blobs; /* and numbers: what the latest transaction changed */
	} freed;
	char *wal_path;

	/* the loop's */
	struct list items;
	struct list *under_way; /* those that are being written; NULL: none */
	size_t n_items, bytes;
	size_t unsettled; /* octets handed over since it was up to date and had room */
	struct ledger_room room;
	uint64_t free_seen; /* disk_free */
	size_t batch_max;   /* items */
	uint64_t put, written, tries;
	struct journal_place durable, written_upto;
	bool urgent, stopping;
	bool checkpoint_due;
	bool busy;  /* the connection is in use */
	int failed; /* of the latest try; 0: it worked */
	int logged; /* of the latest round */
	char why[ERR_DETAIL_BYTES];
	struct cond work, retry, done, free;
	struct ledger_hooks hooks;
	struct nursery fibres;
	struct ledger_counts counts;

	struct worker *thread; /* the writing connection's */
	struct ledger_reader readers[LEDGER_READERS];
	struct cond read_free;
};

/* The prepared statement, made at its first use. */
NODISCARD int ledger_statement(sqlite3 *db, sqlite3_stmt **all, enum ledger_statement which,
                               sqlite3_stmt **out);

/* A row of `place`.  1; 0: there is none. */
NODISCARD int ledger_place_get(sqlite3 *db, sqlite3_stmt **all, uint64_t message,
                               struct ledger_place *out);

/* ledger_write.c: all of it in one transaction; nothing of it on error. */
NODISCARD int ledger_write(struct ledger *l, struct list *items);

void ledger_items_free(struct list *items);
/* A batch of items, and what is taken, put back in order, and how many come next after a result. */
struct ledger_batch {
	struct list items;
	size_t n, bytes;
};
void ledger_batch_take(struct ledger_batch *b, struct list *from, size_t most);
void ledger_batch_return(struct ledger_batch *b, struct list *to);
size_t ledger_batch_next(size_t most, size_t n, int r);

/* ledger_room.c.  From now on the disk is looked at behind each transaction. */
void ledger_room_open(struct ledger *l);
/* Looks; octets that are free. */
uint64_t ledger_weigh(struct ledger *l);
/* Within a transaction, before it counts.  ERR_NO_SPACE, ERR_IO. */
NODISCARD int ledger_grow(struct ledger *l);
/* On the loop, while the connection is not in use: takes over what was seen. */
void ledger_settle(struct ledger *l);
/* ledger_upkeep.c.  Blocks. */
NODISCARD int ledger_checkpoint_run(struct ledger *l);
/* Of what is written so far. */
NODISCARD WAITS int ledger_checkpoint_now(struct ledger *l);
/* One user of the connection at a time. */
NODISCARD WAITS int ledger_lock(struct ledger *l);
void ledger_unlock(struct ledger *l);

/* ledger_keys.c */
uint64_t ledger_keys_hash(struct span message_id);
NODISCARD int ledger_keys_load(struct ledger *l);
NODISCARD int ledger_keys_add(struct ledger *l, struct span message_id, uint64_t message);
/* Enters the gathered keys into message_key when there are enough; inside a transaction. */
NODISCARD int ledger_keys_step(struct ledger *l);
/* Behind the transaction; before: how many there were when it began. */
void ledger_keys_end(struct ledger *l, bool committed, size_t before);
/* The newest message of that Message-ID.  ERR_NOT_FOUND. */
NODISCARD int ledger_keys_find(struct ledger_reader *reader, struct span message_id,
                               uint64_t *message);

#endif
