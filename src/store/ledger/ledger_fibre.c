/* store/ledger/ledger_fibre.c - the fibre that writes what ledger_put brings, a batch at a time. */
#include <stdio.h>

#include "base/event.h"
#include "store/journal/file.h"
#include "store/ledger/ledger_impl.h"

struct writing {
	struct ledger *l;
	struct ledger_batch b;
};

WAITS int ledger_lock(struct ledger *l)
{
	int r = 0;
	while (l->busy && r >= 0)
		r = cond_wait(&l->free, "ledger connection");
	if (r >= 0)
		l->busy = true;
	return r;
}

void ledger_unlock(struct ledger *l)
{
	l->busy = false;
	cond_signal(&l->free);
}

static int batch_run(void *arg)
{
	struct writing *w = arg;
	return file_full(ledger_write(w->l, &w->b.items), w->l->wal_path, LEDGER_NEED_BYTES);
}

void ledger_batch_take(struct ledger_batch *b, struct list *from, size_t most)
{
	struct ledger_item *item;
	list_init(&b->items);
	while (b->n < most && b->bytes < LEDGER_BATCH_BYTES &&
	       (item = LIST_FIRST(from, struct ledger_item, link))) {
		list_remove(&item->link);
		list_push_back(&b->items, &item->link);
		b->n++;
		b->bytes += item->octets.n;
	}
}

void ledger_batch_return(struct ledger_batch *b, struct list *to)
{
	while (!list_empty(&b->items)) {
		struct list *last = b->items.prev;
		list_remove(last);
		list_push_front(to, last);
	}
}

/* Smaller ones where there is little room, and then larger ones again. */
size_t ledger_batch_next(size_t most, size_t n, int r)
{
	if (r == ERR_NO_SPACE)
		return n > 1 ? n / 2 : 1;
	return most < LEDGER_BATCH / 2 ? 2 * most : LEDGER_BATCH;
}

static void tell_freed(struct ledger *l)
{
	struct span alive = buf_span(&l->freed.alive), blobs = buf_span(&l->freed.blobs);
	struct ledger_alive a;
	uint64_t blob;
	for (; alive.n >= sizeof a; alive = span_sub(alive, sizeof a, alive.n)) {
		memcpy(&a, alive.p, sizeof a);
		l->hooks.alive(&a, l->hooks.arg);
	}
	for (; blobs.n >= sizeof blob; blobs = span_sub(blobs, sizeof blob, blobs.n)) {
		memcpy(&blob, blobs.p, sizeof blob);
		l->hooks.blob_dead(blob, l->hooks.arg);
	}
}

static void batch_done(struct ledger *l, struct ledger_batch *b)
{
	const struct ledger_item *item;
	LIST_EACH(item, &b->items, link)
		if (item->place.segment)
			l->written_upto = (struct journal_place){ item->place.segment, item->end };
	ledger_items_free(&b->items);
	l->written += b->n;
	l->n_items -= b->n;
	l->bytes -= b->bytes;
	l->counts.batches++;
	l->counts.records += b->n;
	l->counts.skipped = l->skipped;
	ledger_settle(l);
}

/* Those who flush hear of each try. */
static void tell(struct ledger *l, int r)
{
	if (r < 0)
		snprintf(l->why, sizeof l->why, "%s", err_str(r));
	l->failed = r;
	l->tries++;
	cond_broadcast(&l->done);
}

static WAITS int write_one(struct ledger *l)
{
	struct writing w = { .l = l };
	struct ledger_batch *b = &w.b;
	int r = ledger_lock(l);
	if (r < 0)
		return r;
	ledger_batch_take(b, &l->items, l->batch_max);
	l->under_way = &b->items;
	r = worker_run(l->thread, batch_run, &w, "ledger");
	l->checkpoint_due = l->wal_full;
	l->under_way = NULL;
	if (r < 0)
		ledger_batch_return(b, &l->items);
	else
		tell_freed(l);
	ledger_unlock(l);
	if (r >= 0)
		batch_done(l, b);
	l->batch_max = ledger_batch_next(l->batch_max, b->n, r);
	if (r == ERR_NO_SPACE && b->n > 1 && ledger_checkpoint_now(l) >= 0)
		return 0; /* again, with fewer */
	tell(l, r);
	return r;
}

static WAITS void wait(struct ledger *l, struct cond *c, const char *what)
{
	if (cond_wait(c, what) == ERR_CANCELLED)
		l->stopping = true;
}

/* A moment, so that many records share a transaction. */
static WAITS void gather(struct ledger *l)
{
	FIBRE_TIMEOUT(LEDGER_DELAY_MS);
	int64_t until = fibre_deadline();
	while (!l->urgent && !l->stopping && l->n_items < LEDGER_GATHER && clock_now_at() < until)
		wait(l, &l->work, "ledger records");
}

static WAITS void pause(struct ledger *l)
{
	FIBRE_TIMEOUT(LEDGER_RETRY_MS);
	if (!l->stopping && !l->urgent)
		wait(l, &l->retry, "ledger retry");
}

/* All that waits, and a checkpoint where one is due.  Where there is no room the WAL begins anew
 * once it is copied. */
static WAITS int round_of_batches(struct ledger *l)
{
	int r = 0;
	l->checkpoint_due = false;
	while (l->n_items && r >= 0 && !l->checkpoint_due)
		r = write_one(l);
	if (r == ERR_NO_SPACE)
		(void)!ledger_checkpoint_now(l);
	else if (r >= 0 && l->checkpoint_due)
		r = ledger_checkpoint_now(l);
	return r;
}

/* The first of many that fail alike is logged. */
static void log_round(struct ledger *l, int r)
{
	if (r < 0 && r != l->logged)
		event_log(EVENT_ledger_failed, "error=%s", err_str(r));
	l->logged = r;
}

static void writer(void *arg)
{
	struct ledger *l = arg;
	for (;;) {
		while (!l->n_items && !l->stopping)
			wait(l, &l->work, "ledger records");
		if (!l->n_items)
			return;
		gather(l);
		l->urgent = false;
		int r = round_of_batches(l);
		log_round(l, r);
		if (r < 0 && l->stopping) /* the journal has it */
			return;
		if (r < 0)
			pause(l);
	}
}

int ledger_start(struct ledger *l, const struct ledger_hooks *hooks, const struct ledger_room *room)
{
	l->hooks = *hooks;
	l->room = *room;
	l->batch_max = LEDGER_BATCH;
	ledger_settle(l);
	l->starting = false;
	l->written_upto = l->marks.applied;
	int r = worker_start("ledger", &l->thread);
	for (size_t i = 0; i < LEDGER_READERS && r >= 0; i++)
		r = worker_start("ledger reader", &l->readers[i].thread);
	if (r < 0)
		return r;
	return nursery_spawn(&l->fibres, "ledger", writer, l);
}

void ledger_put(struct ledger *l, struct ledger_item *item)
{
	list_push_back(&l->items, &item->link);
	l->n_items++;
	l->bytes += item->octets.n;
	l->unsettled += item->octets.n;
	l->put++;
	if (l->n_items == 1 || l->n_items == LEDGER_GATHER)
		cond_signal(&l->work);
}

int ledger_backlog(const struct ledger *l)
{
	if (l->bytes < LEDGER_BACKLOG_BYTES)
		return 0;
	if (l->failed)
		return err(l->failed, "%s", l->why);
	return err(ERR_UNAVAILABLE, "the ledger is too far behind");
}

WAITS int ledger_flush(struct ledger *l)
{
	uint64_t upto = l->put, tries = l->tries;
	while (l->written < upto) {
		if (l->failed && l->tries > tries)
			return err(l->failed, "%s", l->why);
		if (l->stopping && list_empty(&l->fibres.children))
			return err(ERR_CANCELLED, "the ledger is closed");
		l->urgent = true;
		cond_signal(&l->work);
		cond_signal(&l->retry);
		int r = cond_wait(&l->done, "ledger flush");
		if (r < 0)
			return r;
	}
	return 0;
}
