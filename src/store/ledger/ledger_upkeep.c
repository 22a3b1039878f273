/* store/ledger/ledger_upkeep.c - checkpoints, and the removal of what was kept long enough. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "calls/record_id.h"
#include "store/journal/file.h"
#include "store/ledger/ledger_impl.h"

/* Someone who reads the ledger, or a full disk, keeps a checkpoint from ending; then the WAL itself
 * is synced, and what is in it is durable all the same. */
static int wal_sync(const struct ledger *l)
{
	AUTO_FD int fd = open(l->wal_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(ERR_IO, "cannot open %s", l->wal_path);
	return file_sync(fd);
}

/* On a disk that is nearly full the WAL gives back what it took, each time it begins anew. */
static void wal_limit(struct ledger *l)
{
	bool tight = ledger_is_tight(l, 0);
	if (tight == l->wal_short)
		return;
	if (sql_exec(l->db, tight ? "PRAGMA journal_size_limit = 0"
	                          : "PRAGMA journal_size_limit = 33554432") >= 0)
		l->wal_short = tight;
}

int ledger_checkpoint_run(struct ledger *l)
{
	int in_wal = 0, copied = 0;
	wal_limit(l);
	int e = sqlite3_wal_checkpoint_v2(l->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_wal, &copied);
	if (e != SQLITE_OK && e != SQLITE_BUSY && e != SQLITE_FULL)
		return sql_fault(l->db, e);
	if (e != SQLITE_OK || in_wal != copied)
		return wal_sync(l);
	l->wal_full = false;
	return 0;
}

static int checkpoint_run(void *arg)
{
	return ledger_checkpoint_run(arg);
}

WAITS int ledger_checkpoint_now(struct ledger *l)
{
	int r = ledger_lock(l);
	if (r < 0)
		return r;
	r = worker_run(l->thread, checkpoint_run, l, "ledger checkpoint");
	if (r >= 0) {
		l->durable = l->marks.applied;
		l->counts.checkpoints++;
	}
	ledger_unlock(l);
	return r;
}

WAITS int ledger_checkpoint(struct ledger *l)
{
	int flushed = ledger_flush(l);
	int r = ledger_checkpoint_now(l); /* at least what was written so far */
	return flushed < 0 ? flushed : r;
}

bool ledger_covers(const struct ledger *l, struct journal_place end)
{
	return l->written_upto.segment > end.segment ||
	       (l->written_upto.segment == end.segment && l->written_upto.offset >= end.offset);
}

struct journal_place ledger_durable(const struct ledger *l)
{
	return l->durable;
}

/* ---- retention ---- */

struct old {
	struct sql_id id;
	uint64_t hash;
};

struct pruning {
	struct ledger *l;
	int64_t before_ms;
	struct old *old;
	size_t n;
};

static int find_old(struct pruning *p)
{
	struct sql_id after, before;
	sqlite3_stmt *st;
	int r = ledger_statement(p->l->db, p->l->st, LEDGER_PRUNE_FIND, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, p->l->prune_after, &after);
	sql_bind_id(st, 2, record_id_at(p->before_ms), &before);
	sql_bind_int(st, 3, p->before_ms);
	sql_bind_int(st, 4, LEDGER_PRUNE_STEP);
	while ((r = sql_step(st)) == 1) {
		struct old *o = &p->old[p->n++];
		id_print(sql_column_id(st, 0), o->id.text);
		o->hash = ledger_keys_hash(sql_column_view(st, 1));
	}
	return r;
}

static int prune_one(struct ledger *l, const struct old *o)
{
	static const enum ledger_statement steps[] = { LEDGER_PRUNE_CHANGES,
		                                       LEDGER_PRUNE_RECIPIENTS,
		                                       LEDGER_PRUNE_MESSAGE };
	struct span id = { o->id.text, ID_TEXT_LEN };
	sqlite3_stmt *st;
	for (size_t i = 0; i < N_ELEMS(steps); i++) {
		int r = ledger_statement(l->db, l->st, steps[i], &st);
		if (r < 0)
			return r;
		sql_bind_text(st, 1, id);
		r = sql_run(st);
		if (r < 0)
			return r;
	}
	int r = ledger_statement(l->db, l->st, LEDGER_KEY_DELETE, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)o->hash);
	sql_bind_text(st, 2, id);
	return sql_run(st);
}

static int prune_found(struct pruning *p)
{
	int r = sql_exec(p->l->db, "BEGIN IMMEDIATE");
	for (size_t i = 0; i < p->n && r >= 0; i++)
		r = prune_one(p->l, &p->old[i]);
	if (r >= 0)
		r = sql_exec(p->l->db, "COMMIT");
	if (r < 0)
		sql_rollback(p->l->db);
	return r;
}

static int prune_run(void *arg)
{
	struct pruning *p = arg;
	struct old *old = calloc(LEDGER_PRUNE_STEP, sizeof *old);
	if (!old)
		return err(ERR_NO_MEMORY, "ledger retention");
	p->old = old;
	int r = find_old(p);
	if (r >= 0 && p->n)
		r = prune_found(p);
	if (r >= 0 && p->l->wal_full)
		r = ledger_checkpoint_run(p->l);
	uint64_t last = 0;
	if (r >= 0 && p->n == LEDGER_PRUNE_STEP)
		r = id_parse(span_make(old[p->n - 1].id.text, ID_TEXT_LEN), &last);
	if (r >= 0)
		p->l->prune_after = last; /* from the first one again, once all were seen */
	free(old);
	return r;
}

WAITS int ledger_prune(struct ledger *l, int64_t time_ms, bool *more)
{
	struct pruning p = { .l = l, .before_ms = time_ms };
	int r = time_ms > 0 ? ledger_lock(l) : 0;
	if (r < 0 || time_ms <= 0)
		return r;
	r = worker_run(l->thread, prune_run, &p, "ledger retention");
	ledger_unlock(l);
	if (r >= 0)
		*more = p.n == LEDGER_PRUNE_STEP;
	return r;
}
