/* store/mail/effect.c - see effect.h. */
#include "store/mail/effect.h"

#include "store/mail/delivery.h"
#include "store/mail/room.h"

int mail_effect_add(struct store_op *op, const struct mail_effect *e)
{
	struct mail_effect *copy = arena_new(&op->mem, struct mail_effect), **end = &op->effects;
	if (!copy)
		return err(ERR_NO_MEMORY, "no memory for a mailbox's change");
	*copy = *e;
	copy->next = NULL;
	while (*end)
		end = &(*end)->next;
	*end = copy;
	e->mailbox->users++;
	e->mailbox->account->messages += (uint64_t)e->messages;
	e->mailbox->account->octets += (uint64_t)e->octets;
	return 0;
}

static void leave(struct mail_effect *e)
{
	struct mailbox *m = e->mailbox;
	store_mailbox_leave(&m);
}

void mail_effects_apply(struct store_op *op)
{
	struct store *sp = op->sp;
	for (struct mail_effect *e = op->effects; e; e = e->next) {
		struct account *a = e->mailbox->account;
		if (e->op)
			box_apply(TAKE(e->op));
		if (e->modseq > a->done_modseq)
			a->done_modseq = e->modseq;
		if (sp->mail_fn && e->n_changes)
			sp->mail_fn(
			        &(struct store_mail_event){
			                .mailbox = e->mailbox,
			                .modseq = e->modseq,
			                .changes = e->changes,
			                .n_changes = e->n_changes,
			        },
			        sp->mail_arg);
		leave(e);
	}
	op->effects = NULL;
}

void mail_effects_drop(struct store_op *op)
{
	for (struct mail_effect *e = op->effects; e; e = e->next) {
		box_op_free(e->op);
		e->mailbox->account->messages -= (uint64_t)e->messages;
		e->mailbox->account->octets -= (uint64_t)e->octets;
		leave(e);
	}
	op->effects = NULL;
}

/* ---- new entries ---- */

static int rows_record(struct store_op *op, const struct mailbox *m, uint64_t modseq,
                       const struct box_row *rows, const struct span *caches, size_t n)
{
	struct record_entries e = { .account = m->account->number,
		                    .mailbox = m->number,
		                    .modseq = modseq };
	char *octets = arena_alloc(&op->mem, n * BOX_ROW_BYTES);
	if (!octets)
		return err(ERR_NO_MEMORY, "no memory for a mailbox's entries");
	for (size_t i = 0; i < n; i++)
		box_row_put(&rows[i], octets + i * BOX_ROW_BYTES);
	e.rows = span_make(octets, n * BOX_ROW_BYTES);
	if (caches) {
		e.n_caches = n;
		e.caches = arena_array(&op->mem, struct record_cached, n);
		if (!e.caches)
			return err(ERR_NO_MEMORY, "no memory for a mailbox's entries");
		for (size_t i = 0; i < n; i++)
			e.caches[i].octets = caches[i];
	}
	journal_record_begin(&op->group, SEGMENT_ENTRIES);
	record_entries_pack(&e, &op->group.octets);
	journal_record_end(&op->group, NULL);
	return op->group.octets.err;
}

int mail_rows(struct store_op *op, struct mailbox *m, uint64_t modseq, const struct box_row *rows,
              const struct span *caches, size_t n, bool record)
{
	struct mail_effect e = { .mailbox = m, .modseq = modseq, .messages = (int64_t)n };
	int r = record ? rows_record(op, m, modseq, rows, caches, n) : 0;
	e.changes = arena_array(&op->mem, struct mailbox_change, n);
	if (r >= 0 && !e.changes)
		r = err(ERR_NO_MEMORY, "no memory for a mailbox's entries");
	if (r < 0)
		return r;
	for (; e.n_changes < n; e.n_changes++) {
		const struct box_row *row = &rows[e.n_changes];
		e.changes[e.n_changes] =
		        (struct mailbox_change){ row->uid, row->flags, row->modseq };
		e.octets += row->size;
	}
	r = box_op_rows(m->box, rows, caches, n, &e.op);
	if (r >= 0 && (r = mail_effect_add(op, &e)) < 0)
		box_op_free(e.op);
	return r;
}

int mail_changes(struct store_op *op, struct mailbox *m, uint64_t modseq,
                 const struct box_change *changes, size_t n, int64_t messages, int64_t octets)
{
	struct mail_effect e = { .mailbox = m,
		                 .modseq = modseq,
		                 .messages = messages,
		                 .octets = octets,
		                 .changes = arena_array(&op->mem, struct mailbox_change, n) };
	if (!e.changes)
		return err(ERR_NO_MEMORY, "no memory for a mailbox's changes");
	for (; e.n_changes < n; e.n_changes++)
		e.changes[e.n_changes] =
		        (struct mailbox_change){ changes[e.n_changes].uid,
			                         changes[e.n_changes].flags, modseq };
	int r = box_op_changes(m->box, changes, n, &e.op);
	if (r >= 0 && (r = mail_effect_add(op, &e)) < 0)
		box_op_free(e.op);
	return r;
}

/* ---- the commit ---- */

int mail_name_record(struct store_op *op, struct account *a, struct record_mailbox *b)
{
	b->account = a->number;
	b->modseq = ++a->modseq;
	journal_record_begin(&op->group, SEGMENT_MAILBOX);
	record_mailbox_pack(b, &op->group.octets);
	journal_record_end(&op->group, NULL);
	return op->group.octets.err;
}

WAITS int mail_op_begin(struct store_op *op, struct store *sp)
{
	int r = store_move(sp);
	if (r < 0)
		return r;
	r = store_op_init(op, sp);
	if (r < 0)
		mail_op_end(op);
	return r;
}

void mail_op_end(struct store_op *op)
{
	store_op_fini(op);
	store_moved(op->sp);
}

WAITS int mail_commit(struct store_op *op)
{
	int r = ledger_backlog(op->sp->ledger);
	if (r >= 0)
		r = op->group.octets.err;
	return r < 0 ? r : journal_commit(op->sp->journal, &op->group);
}

WAITS int mail_change_begin(struct mailbox *m)
{
	int r = 0;
	while (m->changing && r >= 0)
		r = cond_wait(&m->free, "another change of the mailbox");
	if (r >= 0)
		m->changing = true;
	return r;
}

void mail_change_end(struct mailbox *m)
{
	m->changing = false;
	cond_broadcast(&m->free);
}

/* ---- deliveries ---- */

/* In any case, as a tag of an address has none.  What has a special use is not for everybody to put
 * mail into. */
static struct mailbox *by_path(const struct account *a, struct span path)
{
	struct mailbox *m;
	LIST_EACH(m, &a->mailboxes, link)
		if (span_eq_nocase(m->path, path) && m->role == MAILBOX_NO_ROLE)
			return m;
	return NULL;
}

/* Where it goes: what who handed it in says, if that is the account's.  NULL: what was to be put
 * aside has no place, since somebody has just removed it. */
static struct mailbox *target(const struct store *sp, const struct account *a,
                              const struct record_delivery *wish)
{
	struct mailbox *m = wish->mailbox  ? names_number(&sp->names, wish->mailbox)
	                    : wish->role   ? names_role(a, wish->role)
	                    : wish->path.n ? by_path(a, wish->path)
	                                   : NULL;
	bool takes = m && m->account == a && m->box && !m->leaving && mail_uids(m, 1) >= 0;
	return takes ? m : wish->role ? NULL : a->inbox;
}

/* The recipient's items with that one in place of what it may have had. */
static int set_item(struct store_op *op, struct record_recipient *to,
                    const struct record_delivery *d)
{
	struct record_item *items = arena_array(&op->mem, struct record_item, to->n_items + 1);
	struct buf packed = BUF(64);
	struct span octets;
	size_t n = 0;
	int r = record_delivery_pack(d, &packed);
	if (r >= 0)
		r = arena_copy(&op->mem, buf_span(&packed), &octets);
	buf_fini(&packed);
	if (r < 0 || !items)
		return err(ERR_NO_MEMORY, "no memory for a delivery");
	for (size_t i = 0; i < to->n_items; i++)
		if (to->items[i].kind != RECORD_ITEM_MAILBOX)
			items[n++] = to->items[i];
	items[n++] = (struct record_item){ RECORD_ITEM_MAILBOX, octets };
	to->items = items;
	to->n_items = n;
	return 0;
}

static int deliver_one(struct store_op *op, const struct record_message *m, uint32_t i,
                       struct span cache)
{
	struct record_recipient *to = &m->recipients[i];
	struct account *a = names_account(&op->sp->names, to->account);
	struct record_delivery d = { 0 };
	if (a->leaving)
		return names_account_gone(a);
	(void)delivery_get(to, &d);
	struct mailbox *box = target(op->sp, a, &d);
	int r = box ? mail_uids(box, 1) : err(ERR_AGAIN, "the mailbox for it is being removed");
	if (r < 0)
		return r;
	d = (struct record_delivery){ .account = a->number,
		                      .mailbox = box->number,
		                      .flags = d.flags & ~MAILBOX_GONE,
		                      .modseq = ++a->modseq };
	to->uid = box->uid_next++;
	struct box_row row = delivery_row(m, i, &d);
	r = set_item(op, to, &d);
	return r < 0 ? r : mail_rows(op, box, d.modseq, &row, cache.n ? &cache : NULL, 1, false);
}

static bool is_ours(const struct record_message *m)
{
	for (size_t i = 0; i < m->n_recipients; i++)
		if (m->recipients[i].account.n)
			return true;
	return false;
}

int mail_deliver(struct store_op *op, struct record_message *m)
{
	struct span cache = delivery_cache(m);
	int r = is_ours(m) ? delivery_thread_put(m, op->m->header, &op->mem) : 0;
	for (uint32_t i = 0; i < m->n_recipients && r >= 0; i++)
		if (m->recipients[i].account.n)
			r = deliver_one(op, m, i, cache);
	return r;
}
