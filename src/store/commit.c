/* store/commit.c - what goes into the journal, and what follows once it is synced. */
#include "store/mail/delivery.h"
#include "store/mail/effect.h"
#include "store/store_impl.h"

#include <stdlib.h>

#include "base/base64.h"
#include "calls/record_id.h"

enum { OP_MEMORY = 1 << 30 };

/* ---- numbers ---- */

uint64_t store_next_id(struct store *sp)
{
	return sp->last_id = record_id_next(sp->last_id, clock_wall_time_ms(), sp->node);
}

/* The accounts of m's recipients, with their mailboxes, and those where it is put aside. */
static WAITS int accounts_make(struct store *sp, const struct record_message *m)
{
	int r = 0;
	for (size_t i = 0; i < m->n_recipients && r >= 0; i++) {
		const struct record_recipient *to = &m->recipients[i];
		struct record_delivery d = { 0 };
		struct account *a;
		if (!to->account.n)
			continue;
		r = store_account(sp, to->account, &a);
		if (r >= 0 && delivery_get(to, &d) && d.role)
			r = store_account_role(sp, a, d.role);
	}
	return r;
}

static void print_id(const struct store_op *op)
{
	char text[ID_TEXT_LEN + 1];

	id_print(op->m->id, text);
	memcpy(op->id_text, text, ID_TEXT_LEN);
}

/* Nothing waits between this and the journal's queue, so that seq, uid and modseq rise in its
 * order. */
static void number(struct store_op *op)
{
	struct store *sp = op->sp;
	struct record_message *m = op->m;
	int64_t now = clock_wall_time_ms();
	if (m) {
		if (!m->id)
			m->id = store_next_id(sp);
		sp->last_id = m->id;
		if (op->id_text)
			print_id(op);
		if (!m->time_ms)
			m->time_ms = now;
		op->seq = sp->last_seq + 1;
		sp->last_seq += m->n_recipients;
	}
	for (size_t i = 0; i < op->n_changes; i++) {
		struct record_change *f = &op->changes[i];
		f->seq = ++sp->last_seq;
		f->time_ms = now;
		if (m && !f->message)
			f->message = m->id;
	}
}

/* ---- packing ---- */

int store_op_init(struct store_op *op, struct store *sp)
{
	*op = (struct store_op){ .sp = sp, .item = ledger_item_new() };
	op->mem.cap = OP_MEMORY;
	journal_group_init(&op->group);
	op->group.owner = op;
	return op->item ? 0 : err(ERR_NO_MEMORY, "no memory for a record");
}

void store_op_fini(struct store_op *op)
{
	mail_effects_drop(op);
	ledger_item_free(op->item);
	journal_group_fini(&op->group);
	arena_fini(&op->mem);
}

/* A copy of op->m, with what its deliveries are in the mailboxes. */
static int delivered(struct store_op *op, struct record_message *m)
{
	size_t n = op->m->n_recipients;
	*m = *op->m;
	m->prefix = m->header = m->body = (struct span){ 0 };
	m->recipients = arena_array(&op->mem, struct record_recipient, n);
	if (n && !m->recipients)
		return err(ERR_NO_MEMORY, "no memory for a message's recipients");
	if (n)
		memcpy(m->recipients, op->m->recipients, n * sizeof *m->recipients);
	int r = mail_deliver(op, m);
	for (size_t i = 0; i < n && r >= 0; i++)
		op->m->recipients[i].uid = m->recipients[i].uid;
	return r;
}

int store_pack_message(struct store_op *op)
{
	struct record_message m;
	AUTO_BUF packed = BUF(SIZE_MAX / 4);
	int r = delivered(op, &m);
	if (r < 0)
		return r;
	r = record_message_pack(&m, &packed);
	if (r < 0)
		return err(r, "the message's envelope does not fit");
	struct journal_head head = {
		.prefix_bytes = (uint32_t)op->m->prefix.n,
		.header_bytes = (uint32_t)op->m->header.n,
		.seq = op->seq,
		.message = buf_span(&packed),
	};
	const struct span content[JOURNAL_PIECES] = { op->m->prefix, op->m->header, op->m->body };
	bool first = op->group.octets.n == 0;
	journal_record_begin(&op->group, SEGMENT_MESSAGE);
	size_t mark = pack_begin(&op->group.octets);
	journal_head_pack(&head, &op->group.octets);
	pack_end(&op->group.octets, mark);
	for (size_t i = 0; i < JOURNAL_PIECES && !first; i++)
		buf_put(&op->group.octets, content[i]);
	journal_record_end(&op->group, first ? content : NULL);
	return op->group.octets.err;
}

static void pack_changes(struct store_op *op)
{
	for (size_t i = 0; i < op->n_changes; i++) {
		journal_record_begin(&op->group, SEGMENT_CHANGE);
		record_change_pack(&op->changes[i], &op->group.octets);
		journal_record_end(&op->group, NULL);
	}
}

/* ---- once it is durable ---- */

static void publish(struct store *sp, const struct record_change *f)
{
	struct store_follower *to, *next;
	sp->n_changes++;
	LIST_EACH_SAFE(to, next, &sp->followers, link)
		to->fn(f, to->arg);
}

static void publish_message(struct store *sp, const struct store_op *op)
{
	sp->n_messages++;
	for (uint32_t i = 0; i < op->m->n_recipients; i++) {
		struct record_change f;
		record_first_change(op->m, i, op->seq, &f);
		publish(sp, &f);
	}
}

static void hand_over(struct store *sp, struct store_op *op)
{
	struct ledger_item *item = TAKE(op->item);
	item->octets = op->group.octets;
	op->group.octets = (struct buf){ 0 };
	item->content_octets = journal_group_content(&op->group);
	item->place = op->group.place;
	item->end = op->group.end;
	ledger_put(sp->ledger, item);
}

static void noted(struct store_op *op)
{
	struct record_change f;
	struct span payload = { op->item->octets.p + SEGMENT_RECORD_HEADER_BYTES,
		                segment_record_payload(op->item->octets.p) };
	if (record_change_unpack(payload, NULL, &f) == 0)
		publish(op->sp, &f);
	ledger_put(op->sp->ledger, TAKE(op->item));
	store_op_fini(op);
	free(op);
}

void store_committed(struct journal_group *g, void *arg)
{
	struct store *sp = arg;
	struct store_op *op = g->owner;
	if (op->kind == STORE_OP_NOTE) {
		noted(op);
		return;
	}
	if (g->result < 0)
		return;
	hand_over(sp, op);
	mail_effects_apply(op);
	sp->done = (struct journal_place){ g->place.segment, g->end };
	store_fold_look(sp);
	if (op->m)
		publish_message(sp, op);
	for (size_t i = 0; i < op->n_changes; i++)
		publish(sp, &op->changes[i]);
}

/* ---- the calls ---- */

/* What has no room now may have it once a segment is given back. */
static int refused(struct store *sp, int r)
{
	if (r == ERR_NO_SPACE)
		store_reclaim_wake(sp);
	return r;
}

static WAITS int commit(struct store_op *op)
{
	int r = accounts_make(op->sp, op->m);
	if (r < 0)
		return r;
	if (op->m->id && op->m->id <= op->sp->last_id)
		return err(ERR_EXISTS, "the message's number does not rise above those given out");
	number(op);
	r = store_pack_message(op);
	if (r < 0)
		return r;
	pack_changes(op);
	return journal_commit(op->sp->journal, &op->group);
}

WAITS int store_commit(struct store *sp, struct record_message *m, char *id_text,
                       struct record_change *changes, size_t n_changes)
{
	uint64_t id = m->id;
	struct store_op op;
	int r = ledger_backlog(sp->ledger);
	if (r >= 0)
		r = ledger_keep_up(sp->ledger);
	if (r >= 0)
		r = store_blob_seal(sp, m);
	if (r < 0)
		return refused(sp, r);
	r = store_move(sp);
	if (r < 0) {
		store_blob_unseal(sp, m->blob, false);
		return r;
	}
	r = store_op_init(&op, sp);
	op.m = m;
	op.id_text = id_text;
	op.changes = changes;
	op.n_changes = n_changes;
	op.group.settles = n_changes && changes[0].message && !changes[0].report;
	if (r >= 0)
		r = commit(&op);
	store_op_fini(&op);
	store_moved(sp);
	if (r < 0)
		m->id = id;
	store_blob_unseal(sp, m->blob, r >= 0);
	return refused(sp, r);
}

WAITS int store_record(struct store *sp, struct record_change *changes, size_t n)
{
	struct store_op op;
	if (n == 0)
		return 0;
	int r = ledger_keep_up(sp->ledger);
	if (r < 0)
		return refused(sp, r);
	r = store_op_init(&op, sp);
	op.changes = changes;
	op.n_changes = n;
	if (r >= 0) {
		number(&op);
		pack_changes(&op);
		r = journal_commit(sp->journal, &op.group);
	}
	store_op_fini(&op);
	return refused(sp, r);
}

/* The record is packed as if for the journal, but goes to the ledger only. */
void store_note(struct store *sp, struct record_change *change)
{
	struct store_op *op = malloc(sizeof *op);
	if (!op)
		return;
	if (store_op_init(op, sp) < 0) {
		free(op);
		return;
	}
	op->kind = STORE_OP_NOTE;
	op->changes = change;
	op->n_changes = 1;
	number(op);
	pack_changes(op);
	op->changes = NULL;
	op->n_changes = 0;
	if (op->group.octets.err < 0) {
		store_op_fini(op);
		free(op);
		return;
	}
	op->item->octets = op->group.octets;
	op->group.octets = (struct buf){ 0 };
	journal_post(sp->journal, &op->group);
}
