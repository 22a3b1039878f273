/* store/mail/expunge.c - entries go; the message with the last of them. */
#include "store/mail/expunge.h"

/* As many records as it takes: a group counts whole or not at all. */
static void put_records(struct store_op *op, const struct mailbox *m, uint64_t modseq,
                        struct record_gone *gone, size_t n)
{
	for (size_t at = 0; at < n; at += PACK_LIST_MAX) {
		size_t left = n - at;
		struct record_expunge rec = { .account = m->account->number,
			                      .mailbox = m->number,
			                      .modseq = modseq,
			                      .gone = gone + at,
			                      .n_gone =
			                              left < PACK_LIST_MAX ? left : PACK_LIST_MAX };
		journal_record_begin(&op->group, SEGMENT_EXPUNGE);
		record_expunge_pack(&rec, &op->group.octets);
		journal_record_end(&op->group, NULL);
	}
}

int mail_expunge_record(struct store_op *op, struct mailbox *m, uint64_t modseq,
                        const struct box_row *rows, size_t n)
{
	struct record_gone *gone = arena_array(&op->mem, struct record_gone, n);
	struct box_change *changes = arena_array(&op->mem, struct box_change, n);
	int64_t octets = 0;
	if (!gone || !changes)
		return err(ERR_NO_MEMORY, "no memory to expunge");
	for (size_t i = 0; i < n; i++) {
		gone[i] = (struct record_gone){ rows[i].uid, rows[i].message, rows[i].size };
		changes[i] = (struct box_change){ rows[i].uid, MAILBOX_GONE, modseq };
		octets += rows[i].size;
	}
	put_records(op, m, modseq, gone, n);
	return mail_changes(op, m, modseq, changes, n, -(int64_t)n, -octets);
}

struct expunging {
	struct store_expunging *e;
	struct mailbox *m;
	struct arena *mem;
	struct box_row *rows;
	size_t n, room;
	struct runs gone;
};

static WAITS int look(struct expunging *x)
{
	struct box_walk w;
	const struct box_row *row;
	size_t max = x->e->max ? x->e->max : MAILBOX_ENTRIES_MAX;
	int r = box_walk_begin(&w, x->m->box, x->e->runs, x->e->n_runs);
	while (r >= 0 && x->n < max && (row = box_walk_next(&w))) {
		if (x->e->deleted_only && !(row->flags & MAILBOX_DELETED))
			continue;
		r = list_room((void **)&x->rows, x->n, &x->room, sizeof *x->rows, x->mem);
		if (r >= 0)
			r = runs_add(&x->gone, row->uid, x->mem);
		if (r >= 0)
			x->rows[x->n++] = *row;
	}
	return r;
}

static WAITS int expunge(struct store *sp, struct expunging *x)
{
	struct store_op op;
	int r = mail_op_begin(&op, sp);
	if (r < 0)
		return r;
	uint64_t modseq = ++x->m->account->modseq;
	r = mail_expunge_record(&op, x->m, modseq, x->rows, x->n);
	if (r >= 0)
		r = mail_commit(&op);
	mail_op_end(&op);
	if (r < 0)
		return r;
	x->e->gone = x->gone.v;
	x->e->n_gone = x->gone.n;
	x->e->modseq = modseq;
	return 0;
}

WAITS int store_mail_expunge(struct store *sp, struct mailbox *m, struct store_expunging *e,
                             struct arena *mem)
{
	struct expunging x = { .e = e, .m = m, .mem = mem };
	int r = mail_change_begin(m);
	if (r < 0)
		return r;
	r = look(&x);
	e->n_gone = 0;
	e->modseq = m->account->done_modseq;
	if (r >= 0 && x.n)
		r = expunge(sp, &x);
	mail_change_end(m);
	return r;
}

/* 1: there may be more. */
static WAITS int expunge_some(struct store_op *op, struct mailbox *m)
{
	AUTO_ARENA mem = { 0 };
	struct store_expunging all = { 0 };
	struct expunging x = { .e = &all, .m = m, .mem = &mem };
	int r = look(&x);
	if (r < 0 || !x.n)
		return r;
	if (x.n < MAILBOX_ENTRIES_MAX)
		return mail_expunge_record(op, m, ++m->account->modseq, x.rows, x.n);
	r = expunge(op->sp, &x);
	return r < 0 ? r : 1;
}

WAITS int mail_expunge_all(struct store_op *op, struct mailbox *m)
{
	int r = mail_change_begin(m);
	if (r < 0)
		return r;
	while ((r = expunge_some(op, m)) == 1)
		;
	mail_change_end(m);
	return r;
}
