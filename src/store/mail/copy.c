/* store/mail/copy.c - entries into another mailbox, by reference (RFC 9051 6.4.7, 6.4.8). */
#include "store/mail/expunge.h"
#include "store/mail/room.h"

struct copying {
	struct store_copying *c;
	struct mailbox *m, *to;
	struct arena *mem;
	struct box_row *rows;
	size_t n, room;
	uint64_t octets;
	struct runs from, became;
};

static WAITS int look(struct copying *x)
{
	struct box_walk w;
	const struct box_row *row;
	int r = box_walk_begin(&w, x->m->box, x->c->runs, x->c->n_runs);
	while (r >= 0 && (row = box_walk_next(&w))) {
		r = list_room((void **)&x->rows, x->n, &x->room, sizeof *x->rows, x->mem);
		if (r >= 0)
			r = runs_add(&x->from, row->uid, x->mem);
		if (r < 0)
			break;
		x->rows[x->n++] = *row;
		x->octets += row->size;
	}
	return r;
}

/* They share what is known of the content: its place is the account's.  Nothing is waited for
 * between the numbers and the journal's queue. */
static int records(struct store_op *op, struct copying *x, uint64_t modseq)
{
	struct box_row *rows = arena_array(x->mem, struct box_row, x->n);
	int r = rows ? 0 : err(ERR_NO_MEMORY, "no memory for copies");
	for (size_t i = 0; i < x->n && r >= 0; i++) {
		rows[i] = x->rows[i];
		rows[i].uid = x->to->uid_next++;
		rows[i].modseq = modseq;
		rows[i].saved_s = (uint32_t)(clock_wall_time_ms() / 1000);
		r = runs_add(&x->became, rows[i].uid, x->mem);
	}
	if (r >= 0)
		r = mail_rows(op, x->to, modseq, rows, NULL, x->n, true);
	if (r >= 0 && x->c->move)
		r = mail_expunge_record(op, x->m, modseq, x->rows, x->n);
	return r;
}

static WAITS int copy(struct store *sp, struct copying *x)
{
	struct store_op op;
	int r = mail_op_begin(&op, sp);
	if (r < 0)
		return r;
	if (!x->c->move)
		r = mail_room(sp, x->m->account, x->n, x->octets);
	if (r >= 0)
		r = mail_uids(x->to, x->n);
	uint64_t modseq = r >= 0 ? ++x->m->account->modseq : 0;
	if (r >= 0)
		r = records(&op, x, modseq);
	if (r >= 0)
		r = mail_commit(&op);
	mail_op_end(&op);
	if (r < 0)
		return r;
	*x->c = (struct store_copying){ .from = x->from.v,
		                        .n_from = x->from.n,
		                        .to = x->became.v,
		                        .n_to = x->became.n,
		                        .modseq = modseq };
	return 0;
}

WAITS int store_mail_copy(struct store *sp, struct mailbox *m, struct mailbox *to,
                          struct store_copying *c, struct arena *mem)
{
	struct copying x = { .c = c, .m = m, .to = to, .mem = mem };
	int r = mail_change_begin(m);
	if (r < 0)
		return r;
	r = look(&x);
	c->modseq = m->account->done_modseq;
	if (r >= 0 && x.n)
		r = copy(sp, &x);
	mail_change_end(m);
	return r;
}
