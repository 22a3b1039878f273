/* store/ledger/ledger.c - opening and closing, statements, the reader.  See ledger.h. */
#include "store/ledger/ledger_impl.h"

#include <stdio.h>
#include <stdlib.h>

#include "calls/mirror.h"
#include "store/ledger/ledger_change.h"
#include "store/ledger/schema.h"

struct ledger_item *ledger_item_new(void)
{
	struct ledger_item *item = calloc(1, sizeof *item);
	if (item)
		buf_init(&item->octets, SIZE_MAX / 4);
	return item;
}

void ledger_item_free(struct ledger_item *item)
{
	if (item)
		buf_fini(&item->octets);
	free(item);
}

void ledger_items_free(struct list *items)
{
	struct ledger_item *item, *tmp;
	LIST_EACH_SAFE(item, tmp, items, link) {
		list_remove(&item->link);
		ledger_item_free(item);
	}
}

int ledger_statement(sqlite3 *db, sqlite3_stmt **all, enum ledger_statement which,
                     sqlite3_stmt **out)
{
	static const char *const texts[] = {
#define STATEMENT(name, text) [LEDGER_##name] = (text),
#include "store/ledger/ledger_statements.def"
#undef STATEMENT
	};
	int r = all[which] ? 0 : sql_prepare(db, texts[which], &all[which]);
	if (r >= 0)
		*out = all[which];
	return r;
}

int ledger_place_get(sqlite3 *db, sqlite3_stmt **all, uint64_t message, struct ledger_place *out)
{
	sqlite3_stmt *st;
	int r = ledger_statement(db, all, LEDGER_PLACE_GET, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)message);
	r = sql_step(st);
	if (r == 1)
		*out = (struct ledger_place){
			.at = { (uint64_t)sql_column_int(st, 0), (uint64_t)sql_column_int(st, 1) },
			.octets = (uint64_t)sql_column_int(st, 2),
			.inline_bytes = (uint64_t)sql_column_int(st, 3),
			.refs = (uint64_t)sql_column_int(st, 4),
			.blob = (uint64_t)sql_column_int(st, 5),
		};
	sql_reset(st);
	return r;
}

/* ---- opening, on a pool thread ---- */

static int marks_load(struct ledger *l)
{
	sqlite3_stmt *st;
	int r = ledger_statement(l->db, l->st, LEDGER_META_GET, &st);
	if (r < 0)
		return r;
	r = sql_step(st);
	if (r <= 0)
		return r < 0 ? r : err(ERR_CORRUPT, "ledger: meta has no row");
	l->marks = (struct ledger_marks){
		.applied = { (uint64_t)sql_column_int(st, 0), (uint64_t)sql_column_int(st, 1) },
		.last_id = (uint64_t)sql_column_int(st, 2),
		.last_seq = (uint64_t)sql_column_int(st, 3),
		.folded = { (uint64_t)sql_column_int(st, 5), (uint64_t)sql_column_int(st, 6) },
		.last_account = (uint32_t)sql_column_int(st, 7),
		.last_mailbox = (uint32_t)sql_column_int(st, 8),
		.last_validity = (uint32_t)sql_column_int(st, 9),
	};
	int64_t format = sql_column_int(st, 4);
	sql_reset(st);
	return format != SEGMENT_VERSION
	               ? err(ERR_CONFIG,
	                     "the ledger tells of journal format %jd and this program knows %d",
	                     (intmax_t)format, SEGMENT_VERSION)
	               : 0;
}

static void close_now(struct ledger *l)
{
	for (size_t i = 0; i < LEDGER_READERS; i++)
		sql_close(l->readers[i].db);
	sql_close(l->db);
	pthread_mutex_destroy(&l->keys.lock);
	free(l->keys.v);
	free(l->wal_path);
	ledger_items_free(&l->items);
	buf_fini(&l->freed.alive);
	buf_fini(&l->freed.blobs);
	free(l);
}

static char *wal_path(const char *path)
{
	char *p;
	return asprintf(&p, "%s-wal", path) < 0 ? NULL : p;
}

int ledger_open(const char *path, struct ledger **out, struct ledger_marks *marks)
{
	struct ledger *l = calloc(1, sizeof *l);
	if (!l || !(l->wal_path = wal_path(path))) {
		free(l);
		return err(ERR_NO_MEMORY, "no memory for the ledger");
	}
	pthread_mutex_init(&l->keys.lock, NULL);
	list_init(&l->items);
	buf_init(&l->freed.alive, SIZE_MAX / 4);
	buf_init(&l->freed.blobs, SIZE_MAX / 4);
	l->starting = true;
	l->disk_free = UINT64_MAX;
	l->batch_max = LEDGER_BATCH;
	cond_init(&l->work);
	cond_init(&l->retry);
	cond_init(&l->done);
	cond_init(&l->free);
	cond_init(&l->read_free);
	nursery_init(&l->fibres);
	int r = sql_open(path, SQL_WRITE, &l->db);
	if (r >= 0)
		r = schema_migrate(&schema_ledger, l->db);
	if (r >= 0)
		ledger_room_open(l);
	if (r >= 0)
		r = marks_load(l);
	if (r >= 0)
		r = ledger_keys_load(l);
	for (size_t i = 0; i < LEDGER_READERS && r >= 0; i++) {
		r = sql_open(path, SQL_READ, &l->readers[i].db);
		l->readers[i].keys = &l->keys;
	}
	if (r < 0) {
		close_now(l);
		return r;
	}
	*marks = l->marks;
	*out = l;
	return 0;
}

/* Some of the items, in smaller and smaller transactions where there is little room. */
static int apply_some(struct ledger *l, struct list *items)
{
	struct ledger_batch b = { .n = 0 };
	ledger_batch_take(&b, items, l->batch_max);
	int r = ledger_write(l, &b.items);
	l->batch_max = ledger_batch_next(l->batch_max, b.n, r);
	if (r < 0)
		ledger_batch_return(&b, items);
	ledger_items_free(&b.items);
	if (r == ERR_NO_SPACE && b.n > 1)
		return ledger_checkpoint_run(l);
	if (r >= 0 && l->wal_full)
		(void)!ledger_checkpoint_run(l); /* written it is all the same */
	return r;
}

int ledger_apply(struct ledger *l, struct list *items)
{
	int r = l->disk_free < LEDGER_ROOM ? ledger_checkpoint_run(l) : 0;
	while (!list_empty(items) && r >= 0)
		r = apply_some(l, items);
	return r;
}

static int close_run(void *arg)
{
	struct ledger *l = arg;
	int r = ledger_checkpoint_run(l);
	close_now(l);
	return r;
}

WAITS void ledger_close(struct ledger *l)
{
	l->stopping = true;
	cond_broadcast(&l->work);
	cond_broadcast(&l->retry);
	(void)!nursery_wait(&l->fibres); /* cancelled or not, the writer has returned */
	worker_stop(l->thread);
	for (size_t i = 0; i < LEDGER_READERS; i++)
		worker_stop(l->readers[i].thread);
	(void)offload(close_run, l, "ledger close");
}

struct ledger_marks ledger_marks(const struct ledger *l)
{
	return l->marks;
}

/* ---- the reader ---- */

struct reading {
	struct ledger_reader *reader;
	int (*fn)(struct ledger_reader *, void *);
	void *arg;
};

static int reading_run(void *arg)
{
	struct reading *r = arg;
	return r->fn(r->reader, r->arg);
}

static struct ledger_reader *reader_free(struct ledger *l, enum ledger_who who)
{
	for (size_t i = who == LEDGER_FOR_QUEUE ? 0 : LEDGER_READERS_QUEUE; i < LEDGER_READERS; i++)
		if (!l->readers[i].busy)
			return &l->readers[i];
	return NULL;
}

WAITS int ledger_read(struct ledger *l, enum ledger_who who, bool flush,
                      int (*fn)(struct ledger_reader *, void *), void *arg)
{
	struct reading reading = { .fn = fn, .arg = arg };
	int r = flush ? ledger_flush(l) : 0;
	while (r >= 0 && !(reading.reader = reader_free(l, who)))
		r = cond_wait(&l->read_free, "ledger reader");
	if (r < 0)
		return r;
	reading.reader->busy = true;
	r = worker_run(reading.reader->thread, reading_run, &reading, "ledger query");
	reading.reader->busy = false;
	cond_broadcast(&l->read_free); /* not each who waits may have this one */
	return r;
}

int ledger_read_now(struct ledger *l, int (*fn)(struct ledger_reader *, void *), void *arg)
{
	return fn(&l->readers[0], arg);
}

struct ledger_counts ledger_counts(const struct ledger *l)
{
	return l->counts;
}
