/* store/mail/replay.c - at start: what the files of mailboxes do not have yet.  Blocks. */
#include "store/journal/segfile.h"
#include "store/ledger/ledger_impl.h"
#include "store/mail/delivery.h"
#include "store/mail/effect.h"

struct mail_replay {
	struct store *sp;
	struct arena mem; /* of one record */
};

static struct box *find(const struct mail_replay *p, uint32_t mailbox)
{
	return box_get(p->sp->boxes, mailbox);
}

/* A mailbox that is not there was removed behind this record. */
static int apply(int r, struct box_op *op)
{
	if (r >= 0)
		box_apply(op);
	return r;
}

/* ---- each kind ---- */

static int message(struct mail_replay *p, struct span payload)
{
	struct journal_head head;
	struct record_message m;
	struct span packed;
	int r;
	if ((r = pack_get_span(&payload, &packed)) < 0 ||
	    (r = journal_head_unpack(packed, &p->mem, &head)) < 0 ||
	    (r = record_message_unpack(head.message, &p->mem, &m)) < 0)
		return r;
	struct span cache = delivery_cache(&m);
	for (uint32_t i = 0; i < m.n_recipients && r >= 0; i++) {
		struct record_delivery d;
		struct box_op *op = NULL;
		struct box *box;
		if (!delivery_get(&m.recipients[i], &d) || !(box = find(p, d.mailbox)))
			continue;
		struct box_row row = delivery_row(&m, i, &d);
		r = box_op_rows(box, &row, cache.n ? &cache : NULL, 1, &op);
		r = apply(r, op);
	}
	return r;
}

static int entries(struct mail_replay *p, struct span payload)
{
	struct record_entries e;
	struct box_op *op = NULL;
	int r = record_entries_unpack(payload, &p->mem, &e);
	if (r >= 0 && (e.rows.n % BOX_ROW_BYTES || !e.rows.n))
		r = ERR_SYNTAX;
	size_t n = e.rows.n / BOX_ROW_BYTES;
	if (r >= 0 && e.n_caches && e.n_caches != n)
		r = ERR_SYNTAX;
	struct box *box = r >= 0 ? find(p, e.mailbox) : NULL;
	if (!box)
		return r;
	struct box_row *rows = arena_array(&p->mem, struct box_row, n);
	struct span *caches = arena_array(&p->mem, struct span, n);
	if (!rows || !caches)
		return err(ERR_NO_MEMORY, "no memory to read the journal");
	for (size_t i = 0; i < n; i++) {
		box_row_get(e.rows.p + i * BOX_ROW_BYTES, &rows[i]);
		caches[i] = e.n_caches ? e.caches[i].octets : (struct span){ 0 };
	}
	r = box_op_rows(box, rows, e.n_caches ? caches : NULL, n, &op);
	return apply(r, op);
}

static int changes(const struct mail_replay *p, uint32_t mailbox, const struct box_change *all,
                   size_t n)
{
	struct box *box = find(p, mailbox);
	struct box_op *op = NULL;
	int r = box && n ? box_op_changes(box, all, n, &op) : 0;
	return op ? apply(r, op) : r;
}

static int flags(struct mail_replay *p, struct span payload)
{
	struct record_flags f;
	int r = record_flags_unpack(payload, &p->mem, &f);
	if (r < 0)
		return r;
	struct box_change *all = arena_array(&p->mem, struct box_change, f.n_set);
	if (f.n_set && !all)
		return err(ERR_NO_MEMORY, "no memory to read the journal");
	for (size_t i = 0; i < f.n_set; i++)
		all[i] = (struct box_change){ f.set[i].uid, f.set[i].flags, f.modseq };
	return changes(p, f.mailbox, all, f.n_set);
}

static int expunge(struct mail_replay *p, struct span payload)
{
	struct record_expunge e;
	int r = record_expunge_unpack(payload, &p->mem, &e);
	if (r < 0)
		return r;
	struct box_change *all = arena_array(&p->mem, struct box_change, e.n_gone);
	if (e.n_gone && !all)
		return err(ERR_NO_MEMORY, "no memory to read the journal");
	for (size_t i = 0; i < e.n_gone; i++)
		all[i] = (struct box_change){ e.gone[i].uid, MAILBOX_GONE, e.modseq };
	return changes(p, e.mailbox, all, e.n_gone);
}

static int cache(struct mail_replay *p, struct span payload)
{
	struct record_cache c;
	struct box_op *op = NULL;
	int r = record_cache_unpack(payload, &p->mem, &c);
	struct box *box = r >= 0 ? find(p, c.mailbox) : NULL;
	if (box)
		r = box_op_cache(box, c.uid, c.message, c.cache, &op);
	return op ? apply(r, op) : r;
}

static int redo(struct mail_replay *p, const struct segment_record *record)
{
	switch (record->kind) {
	case SEGMENT_MESSAGE: return message(p, record->payload);
	case SEGMENT_ENTRIES: return entries(p, record->payload);
	case SEGMENT_FLAGS: return flags(p, record->payload);
	case SEGMENT_EXPUNGE: return expunge(p, record->payload);
	case SEGMENT_CACHE: return cache(p, record->payload);
	default: return 0;
	}
}

/* ---- all of it ---- */

int mail_fold_now(struct store *sp, struct journal_place upto)
{
	struct ledger_folding f = { .upto = upto };
	int r = box_fold_blocking(sp->boxes, upto.segment << 32 | upto.offset / 8);
	if (r < 0)
		return r;
	f.n = box_folded(sp->boxes, &f.boxes);
	r = ledger_folded_now(sp->ledger, &f);
	if (r >= 0)
		box_folded_kept(sp->boxes);
	return r;
}

static int take(const struct segfile_reader *reader, const struct segment_record *record, void *arg)
{
	struct mail_replay *p = arg;
	int r = redo(p, record);
	arena_reset(&p->mem);
	if (r == ERR_SYNTAX || r == ERR_TOO_LONG ||
	    r == ERR_NOT_FOUND) /* no program of ours wrote it */
		r = 0;
	if (r >= 0 && box_fold_due(p->sp->boxes))
		r = mail_fold_now(p->sp, (struct journal_place){ reader->number, reader->offset });
	return r;
}

/* Numbers go on behind what is in the mailboxes. */
static void take_numbers(struct store *sp)
{
	struct mailbox *m;
	MAP_EACH(m, &sp->names.mailboxes) {
		struct box_numbers n;
		if (!m->box)
			continue;
		(void)box_numbers(m->box, &n);
		m->uid_next = n.uid_next;
		if (n.modseq > m->account->modseq)
			m->account->modseq = m->account->done_modseq = n.modseq;
	}
}

int store_mail_replay(struct store_start *s)
{
	struct mail_replay p = { .sp = s->sp, .mem.cap = 1 << 30 };
	/* An entry whose text is damaged is shown, so that it can be expunged. */
	struct journal_pass pass = {
		.start = s, .from = s->folded, .take = take, .arg = &p, .singly = true
	};
	int r = 0;
	for (size_t i = 0; i < s->n_files && r >= 0; i++) {
		const struct segfile *file = &s->files[i];
		if (!file->spare && file->number >= s->folded.segment)
			r = store_journal_pass(&pass, file);
	}
	arena_fini(&p.mem);
	s->damaged += pass.damaged;
	if (r >= 0)
		take_numbers(s->sp);
	return r;
}
