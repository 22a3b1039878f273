/* store/ledger/ledger_folded.c - what a fold wrote into the files of mailboxes. */
#include "store/ledger/ledger_impl.h"

#include <assert.h>

static int box_write(struct ledger *l, const struct box_folded *b)
{
	const struct box_numbers *n = &b->numbers;
	sqlite3_stmt *st;
	int r = ledger_statement(l->db, l->st, LEDGER_MAILBOX_FOLDED, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, b->mailbox);
	sql_bind_int(st, 2, n->uid_next);
	sql_bind_int(st, 3, (int64_t)n->modseq);
	sql_bind_int(st, 4, (int64_t)n->floor);
	sql_bind_int(st, 5, n->exists);
	sql_bind_int(st, 6, n->unseen);
	sql_bind_int(st, 7, n->deleted);
	sql_bind_int(st, 8, (int64_t)n->octets);
	sql_bind_int(st, 9, (int64_t)n->file_octets);
	sql_bind_int(st, 10, n->serial);
	return sql_run(st);
}

static int all_write(struct ledger *l, const struct ledger_folding *f)
{
	sqlite3_stmt *st;
	int r = sql_exec(l->db, "BEGIN IMMEDIATE");
	for (size_t i = 0; i < f->n && r >= 0; i++)
		r = box_write(l, &f->boxes[i]);
	if (r >= 0)
		r = ledger_statement(l->db, l->st, LEDGER_META_FOLDED, &st);
	if (r < 0)
		return r;
	sql_bind_int(st, 1, (int64_t)f->upto.segment);
	sql_bind_int(st, 2, (int64_t)f->upto.offset);
	r = sql_run(st);
	return r < 0 ? r : sql_exec(l->db, "COMMIT");
}

int ledger_folded_now(struct ledger *l, const struct ledger_folding *f)
{
	int r = all_write(l, f);
	if (r < 0)
		sql_rollback(l->db);
	else
		l->marks.folded = f->upto;
	return r;
}

/* As ledger_leap. */
#define ABOVE(column) #column " = min(coalesce(" #column ", 1) + 1000000, 4294967295)"

int ledger_leap_now(struct ledger *l)
{
	static_assert(LEDGER_LEAP_NUMBERS == 1000000 && LEDGER_LEAP_COUNTERS == 4294967296,
	              "the numbers below");
	int r = sql_exec(l->db,
	                 "BEGIN IMMEDIATE;"
	                 "UPDATE mailbox SET " ABOVE(
	                         uid_next) ","
	                                   " modseq = coalesce(modseq, 0) + 4294967296 WHERE "
	                                   "uid_validity != 0;"
	                                   "UPDATE account_use SET modseq = modseq + 4294967296;"
	                                   "UPDATE meta SET last_seq = last_seq + "
	                                   "4294967296," ABOVE(last_account) "," ABOVE(
	                                           last_mailbox) "," ABOVE(last_validity) ";"
	                                                                                  "COMMIT");
	if (r < 0)
		sql_rollback(l->db);
	return r;
}

struct job {
	struct ledger *l;
	const struct ledger_folding *f;
};

static int job_run(void *arg)
{
	struct job *j = arg;
	return ledger_folded_now(j->l, j->f);
}

WAITS int ledger_folded(struct ledger *l, const struct ledger_folding *f)
{
	struct job j = { l, f };
	int r = ledger_flush(l);
	if (r >= 0)
		r = ledger_lock(l);
	if (r < 0)
		return r;
	r = worker_run(l->thread, job_run, &j, "ledger fold");
	ledger_unlock(l);
	return r;
}
