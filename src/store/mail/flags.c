/* store/mail/flags.c - flags are set (RFC 9051 6.4.6), and what was found out about a message. */
#include "store/mail/effect.h"
#include "store/mail/lists.h"

/* Bits that may be set: system flags and keywords (calls/mailbox.h). */
#define SETTABLE (~MAILBOX_GONE & ~UINT64_C(0xe0))

struct flagging {
	struct store_flagging *f;
	struct mailbox *m;
	struct arena *mem;
	struct runs failed;
	size_t changed_room, set_room;
	struct box_change *set; /* those that change */
	size_t n_set;
};

static uint64_t flags_after(const struct store_flagging *f, uint64_t before)
{
	uint64_t flags = f->flags & SETTABLE;
	switch (f->how) {
	case MAILBOX_ADD: return before | flags;
	case MAILBOX_TAKE: return before & ~flags;
	default: return flags;
	}
}

static int look_at(struct flagging *x, const struct box_row *row)
{
	struct store_flagging *f = x->f;
	uint64_t flags = flags_after(f, row->flags);
	int r;
	if (row->modseq > f->unchanged_since)
		return runs_add(&x->failed, row->uid, x->mem);
	if (f->n_changed == MAILBOX_ENTRIES_MAX)
		return err(ERR_TOO_LONG, "flags of more than %d messages in one call",
		           MAILBOX_ENTRIES_MAX);
	r = list_room((void **)&f->changed, f->n_changed, &x->changed_room, sizeof *f->changed,
	              x->mem);
	if (r >= 0)
		r = list_room((void **)&x->set, x->n_set, &x->set_room, sizeof *x->set, x->mem);
	if (r < 0)
		return r;
	f->changed[f->n_changed++] = (struct mailbox_change){ row->uid, flags, row->modseq };
	if (flags != row->flags)
		x->set[x->n_set++] = (struct box_change){ row->uid, flags, 0 };
	return 0;
}

static WAITS int look(struct flagging *x)
{
	struct box_walk w;
	const struct box_row *row;
	int r = box_walk_begin(&w, x->m->box, x->f->runs, x->f->n_runs);
	while (r >= 0 && (row = box_walk_next(&w)))
		r = look_at(x, row);
	x->f->failed = x->failed.v;
	x->f->n_failed = x->failed.n;
	return r;
}

static int record(struct store_op *op, struct flagging *x, uint64_t modseq)
{
	struct record_flags rec = { .account = x->m->account->number,
		                    .mailbox = x->m->number,
		                    .modseq = modseq,
		                    .set = arena_array(x->mem, struct record_flag, x->n_set),
		                    .n_set = x->n_set };
	if (!rec.set)
		return err(ERR_NO_MEMORY, "no memory for flags");
	for (size_t i = 0; i < x->n_set; i++) {
		x->set[i].modseq = modseq;
		rec.set[i] = (struct record_flag){ x->set[i].uid, x->set[i].flags };
	}
	journal_record_begin(&op->group, SEGMENT_FLAGS);
	record_flags_pack(&rec, &op->group.octets);
	journal_record_end(&op->group, NULL);
	return mail_changes(op, x->m, modseq, x->set, x->n_set, 0, 0);
}

static void tell_modseq(struct flagging *x, uint64_t modseq)
{
	size_t at = 0;
	for (size_t i = 0; i < x->n_set; i++) {
		while (x->f->changed[at].uid != x->set[i].uid)
			at++;
		x->f->changed[at].modseq = modseq;
	}
}

static WAITS int set(struct store *sp, struct flagging *x)
{
	struct store_op op;
	int r = mail_op_begin(&op, sp);
	if (r < 0)
		return r;
	uint64_t modseq = ++x->m->account->modseq;
	r = record(&op, x, modseq);
	if (r >= 0)
		r = mail_commit(&op);
	mail_op_end(&op);
	if (r < 0)
		return r;
	tell_modseq(x, modseq);
	x->f->modseq = modseq;
	return 0;
}

WAITS int store_mail_flags(struct store *sp, struct mailbox *m, struct store_flagging *f,
                           struct arena *mem)
{
	struct flagging x = { .f = f, .m = m, .mem = mem };
	int r = mail_change_begin(m);
	if (r < 0)
		return r;
	r = look(&x);
	f->modseq = 0;
	if (r >= 0 && x.n_set)
		r = set(sp, &x);
	mail_change_end(m);
	return r;
}

/* ---- caches ---- */

static int cache_record(struct store_op *op, struct mailbox *m, const struct box_row *row,
                        struct span cache)
{
	struct record_cache rec = { m->account->number, m->number, row->uid, cache, row->message };
	struct mail_effect e = { .mailbox = m };
	journal_record_begin(&op->group, SEGMENT_CACHE);
	record_cache_pack(&rec, &op->group.octets);
	journal_record_end(&op->group, NULL);
	int r = box_op_cache(m->box, row->uid, row->message, cache, &e.op);
	if (r >= 0 && (r = mail_effect_add(op, &e)) < 0)
		box_op_free(e.op);
	return r;
}

WAITS int store_mail_cache(struct store *sp, struct mailbox *m, uint32_t uid, struct span cache)
{
	AUTO_ARENA mem = { 0 };
	struct box_entry e = { 0 };
	struct store_op op;
	int r = box_find(m->box, uid, &e.row);
	if (r >= 0)
		r = box_caches(m->box, &e, 1,
		               &mem); /* one that has a place may be lost all the same */
	if (r < 0 || e.cache.n)
		return r;
	r = store_op_init(&op, sp);
	if (r >= 0)
		r = cache_record(&op, m, &e.row, cache);
	if (r >= 0)
		r = mail_commit(&op);
	store_op_fini(&op);
	return r;
}
