/* store/ledger/ledger_prune.c - the removal of what was kept long enough.
 *
 * Of a message whose record stays in the journal a row in `settled` is left, so that compaction
 * keeps what says that it came to its end: a ledger that is made anew would have it delivered
 * again.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "calls/record_id.h"
#include "calls/record_sent.h"
#include "store/ledger/ledger_impl.h"

struct old {
	struct sql_id id;
	uint64_t number, hash;
};

struct pruning {
	struct ledger *l;
	struct ledger_pruning *to;
	struct old *old;
	size_t n;
};

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static bool stays(const struct pruning *p, uint64_t segment)
{
	return p->to->n_segments &&
	       bsearch(&segment, p->to->segments, p->to->n_segments, sizeof segment, by_number);
}

static int find_old(struct pruning *p)
{
	struct sql_id after, before;
	sqlite3_stmt *st;
	int r = ledger_statement(p->l->db, p->l->st, LEDGER_PRUNE_FIND, &st);
	if (r < 0)
		return r;
	sql_bind_id(st, 1, p->l->prune_after, &after);
	sql_bind_id(st, 2, record_id_at(p->to->before_ms), &before);
	sql_bind_int(st, 3, p->to->before_ms);
	sql_bind_int(st, 4, LEDGER_PRUNE_STEP);
	while ((r = sql_step(st)) == 1) {
		struct old *o = &p->old[p->n++];
		o->number = sql_column_id(st, 0);
		id_print(o->number, o->id.text);
		o->hash = ledger_keys_hash(sql_column_view(st, 1));
	}
	return r;
}

static int run(struct ledger *l, enum ledger_statement which, int64_t number, struct span id)
{
	sqlite3_stmt *st;
	int r = ledger_statement(l->db, l->st, which, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, number);
	if (id.n)
		sql_bind_text(st, 2, id);
	return sql_run(st);
}

static int rows_delete(struct ledger *l, struct span id)
{
	static const enum ledger_statement steps[] = { LEDGER_PRUNE_CHANGES,
		                                       LEDGER_PRUNE_RECIPIENTS,
		                                       LEDGER_PRUNE_MESSAGE };
	sqlite3_stmt *st;
	int r = 0;
	for (size_t i = 0; i < N_ELEMS(steps) && r >= 0; i++) {
		r = ledger_statement(l->db, l->st, steps[i], &st);
		if (r < 0)
			return r;
		sql_bind_text(st, 1, id);
		r = sql_run(st);
	}
	return r;
}

static int prune_one(struct pruning *p, const struct old *o)
{
	struct span id = { o->id.text, ID_TEXT_LEN };
	int r = run(p->l, LEDGER_SETTLED_PUT, (int64_t)o->number, id);
	if (r >= 0)
		r = rows_delete(p->l, id);
	return r < 0 ? r : run(p->l, LEDGER_KEY_DELETE, (int64_t)o->hash, id);
}

/* A segment that was given back; 0: there is none. */
static int next_gone(struct pruning *p, uint64_t *segment)
{
	sqlite3_stmt *st;
	int r = ledger_statement(p->l->db, p->l->st, LEDGER_SETTLED_SEGMENTS, &st);
	*segment = 0;
	while (r >= 0 && !*segment && (r = sql_step(st)) == 1)
		if (!stays(p, (uint64_t)sql_column_int(st, 0)))
			*segment = (uint64_t)sql_column_int(st, 0);
	sql_reset(st);
	return r < 0 ? r : 0;
}

static int settled_forget(struct pruning *p)
{
	uint64_t gone;
	int r = next_gone(p, &gone);
	while (r >= 0 && gone) {
		r = run(p->l, LEDGER_SETTLED_FORGET, (int64_t)gone, (struct span){ 0 });
		if (r >= 0)
			r = next_gone(p, &gone);
	}
	return r;
}

static int prune_found(struct pruning *p)
{
	int r = sql_exec(p->l->db, "BEGIN IMMEDIATE");
	for (size_t i = 0; i < p->n && r >= 0; i++)
		r = prune_one(p, &p->old[i]);
	if (r >= 0 && p->n < LEDGER_PRUNE_STEP) /* all were seen */
		r = settled_forget(p);
	if (r >= 0)
		r = run(p->l, LEDGER_HANDED_IN_FORGET, clock_wall_time_ms() - RECORD_ONCE_MS,
		        (struct span){ 0 });
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
	if (r >= 0)
		r = prune_found(p);
	if (r >= 0 && p->l->wal_full)
		r = ledger_checkpoint_run(p->l);
	if (r >= 0) /* from the first one again, once all were seen */
		p->l->prune_after = p->n == LEDGER_PRUNE_STEP ? old[p->n - 1].number : 0;
	free(old);
	return r;
}

WAITS int ledger_prune(struct ledger *l, struct ledger_pruning *to)
{
	struct pruning p = { .l = l, .to = to };
	int r = to->before_ms > 0 ? ledger_lock(l) : 0;
	if (r < 0 || to->before_ms <= 0)
		return r;
	r = worker_run(l->thread, prune_run, &p, "ledger retention");
	ledger_unlock(l);
	to->more = r >= 0 && p.n == LEDGER_PRUNE_STEP;
	return r;
}
