/* store/rebuild/rebuild.c - an account's damaged mailboxes get new files, with what is known.
 *
 * What is known is compared at one moment, in which no message comes and no mailbox changes: the
 * journal, the ledger and the files say the same then.  The new files are synced under numbers that
 * nobody knows; one group of records makes them the mailboxes'.  So a crash leaves the old ones, or
 * the new ones.
 */
#include <stdlib.h>

#include "store/rebuild/rebuild.h"

#include "base/clock.h"

/* ---- one moment ---- */

/* Nobody is in them, and nobody comes in. */
static WAITS int clear(const struct rebuild *x)
{
	int r = 0;
	for (size_t i = 0; i < x->n_boxes; i++)
		while (x->boxes[i].m->users && r >= 0)
			r = cond_wait(&x->boxes[i].m->free, "users of a damaged mailbox");
	return r;
}

static WAITS int look(struct rebuild *x)
{
	int r = store_fold(x->sp);
	if (r >= 0)
		r = rebuild_look_up(x); /* those that came since */
	if (r >= 0)
		r = rebuild_references(x);
	return r < 0 ? r : rebuild_count(x);
}

static bool is_held(uint64_t message, void *arg)
{
	const struct rebuild_message *m = rebuild_find(arg, message);
	return m && m->held > 0;
}

/* Sorting hundreds of thousands is not for the loop. */
static int claim_run(void *arg)
{
	return rebuild_claim(arg);
}

static int arrange_run(void *arg)
{
	return rebuild_arrange(arg);
}

static WAITS int decide(struct rebuild *x)
{
	int r = 0;
	for (size_t i = 0; i < x->n_boxes && r >= 0; i++)
		r = box_left(x->boxes[i].m->box, is_held, x, &x->boxes[i].left);
	if (r >= 0)
		r = offload(claim_run, x, "what comes back to a mailbox");
	if (r >= 0)
		r = rebuild_facts(x);
	x->modseq = ++x->a->modseq;
	return r < 0 ? r : offload(arrange_run, x, "the order of a mailbox");
}

/* ---- the new files ---- */

static int make(struct rebuild *x, struct rebuild_box *b)
{
	struct store *sp = x->sp;
	struct box_op *op;
	b->uid_validity = naming_validity(sp);
	b->number = ++sp->names.last_mailbox;
	int r = names_number_reserve(&sp->names, b->m, &b->number);
	if (r >= 0)
		r = box_add(sp->boxes, x->a->number, b->number, b->uid_validity, NULL, &b->fresh);
	if (!b->fresh)
		names_number_drop(&sp->names, &b->number);
	if (r < 0 || !b->n)
		return r;
	r = box_op_rows(b->fresh, b->rows, b->caches, b->n, &op);
	if (r >= 0)
		box_apply(op);
	return r;
}

static WAITS int write_files(struct rebuild *x)
{
	int r = 0;
	for (size_t i = 0; i < x->n_boxes && r >= 0; i++)
		r = make(x, &x->boxes[i]);
	return r < 0 ? r : store_fold(x->sp);
}

/* ---- they count ---- */

static int record(struct rebuild *x, const struct rebuild_box *b, struct record_rebuilt *rec)
{
	struct buf *out = &x->names.op.group.octets;
	struct box_numbers n;
	(void)box_numbers(b->fresh, &n);
	rec->account = x->a->number;
	rec->mailbox = b->number;
	rec->was = b->m->number;
	rec->modseq = x->modseq;
	rec->uid_validity = b->uid_validity;
	rec->uid_next = n.uid_next;
	rec->exists = n.exists;
	rec->unseen = n.unseen;
	rec->deleted = n.deleted;
	rec->octets = n.octets;
	rec->file_octets = n.file_octets;
	rec->serial = n.serial;
	journal_record_begin(&x->names.op.group, SEGMENT_REBUILT);
	record_rebuilt_pack(rec, out);
	journal_record_end(&x->names.op.group, NULL);
	return out->err;
}

/* The first one's record tells what the account uses more. */
static WAITS int commit(struct rebuild *x)
{
	struct account *a = x->a;
	struct record_rebuilt first = { .extra = x->extra, .n_extra = x->n_extra };
	uint64_t messages = x->n_readable, octets = x->readable;
	int r = 0;
	for (size_t i = 0; i < x->n_boxes; i++) {
		struct box_numbers n;
		(void)box_numbers(x->boxes[i].fresh, &n);
		messages += n.exists;
		octets += n.octets;
	}
	first.messages_more = (int64_t)(messages - a->messages);
	first.octets_more = (int64_t)(octets - a->octets);
	for (size_t i = 0; i < x->n_boxes && r >= 0; i++) {
		struct record_rebuilt rec = i ? (struct record_rebuilt){ 0 } : first;
		r = record(x, &x->boxes[i], &rec);
	}
	r = naming_end(&x->names, r);
	x->names.begun = false;
	if (r >= 0) {
		a->messages = messages;
		a->octets = octets;
	}
	return r;
}

/* In memory, once that is durable.  Who had it open is told that it is gone. */
static void swap(struct rebuild *x, struct rebuild_box *b)
{
	struct store *sp = x->sp;
	struct mailbox *m = b->m, was = *m;
	struct box_numbers n;
	(void)box_numbers(b->fresh, &n);
	box_remove(m->box);
	names_number_take(&sp->names, m, &b->number);
	m->uid_validity = b->uid_validity;
	m->uid_next = n.uid_next;
	m->box = TAKE(b->fresh);
	if (sp->mail_fn)
		sp->mail_fn(&(struct store_mail_event){ .mailbox = &was, .removed = true },
		            sp->mail_arg);
}

static WAITS int rebuild(struct rebuild *x)
{
	int r = store_still(x->sp);
	if (r < 0)
		return r;
	r = look(x);
	if (r >= 0)
		r = decide(x);
	if (r >= 0)
		r = write_files(x);
	if (r >= 0)
		r = commit(x);
	for (size_t i = 0; i < x->n_boxes && r >= 0; i++)
		swap(x, &x->boxes[i]);
	store_move_on(x->sp);
	return r;
}

/* ---- the call ---- */

static void finish(struct rebuild *x)
{
	for (size_t i = 0; i < x->n_boxes; i++) {
		struct rebuild_box *b = &x->boxes[i];
		b->m->rebuilding = false;
		if (b->fresh) {
			names_number_drop(&x->sp->names, &b->number);
			box_remove(b->fresh);
		}
		free(b->left.rows);
	}
	map_fini(&x->others);
}

static int told(const struct rebuild *x, uint64_t had, struct arena *mem,
                struct store_rebuilding *out)
{
	out->boxes = arena_array(mem, struct store_rebuilt, x->n_boxes);
	if (x->n_boxes && !out->boxes)
		return err(ERR_NO_MEMORY, "no memory for what was rebuilt");
	for (; out->n < x->n_boxes; out->n++) {
		const struct rebuild_box *b = &x->boxes[out->n];
		out->boxes[out->n] = (struct store_rebuilt){ .messages = (uint32_t)b->n,
			                                     .doubtful = (uint32_t)b->doubtful,
			                                     .plain = (uint32_t)b->plain,
			                                     .uid_validity = b->uid_validity };
		int r = arena_copy(mem, b->m->path, &out->boxes[out->n].path);
		if (r < 0)
			return r;
	}
	out->missing = had > x->a->messages ? had - x->a->messages : 0;
	return 0;
}

WAITS int store_mail_rebuild(struct store *sp, struct account *a, struct arena *mem,
                             struct store_rebuilding *out)
{
	struct rebuild x = { .sp = sp, .a = a, .mem.cap = SIZE_MAX / 2 };
	uint64_t had = a->messages;
	*out = (struct store_rebuilding){ 0 };
	if (sp->held_until_at > clock_now_at())
		return err(ERR_UNAVAILABLE, "a backup is being made: try again when it has ended");
	int r = naming_begin(&x.names, sp, a);
	if (r >= 0)
		r = store_fold(sp);
	if (r >= 0)
		r = rebuild_damaged(&x);
	if (r >= 0 && x.n_boxes) {
		r = clear(&x);
		if (r >= 0)
			r = rebuild_look_up(&x);
		if (r >= 0)
			r = rebuild(&x);
	}
	if (x.names.begun)
		r = naming_end(&x.names, r);
	if (r >= 0)
		r = told(&x, had, mem, out);
	finish(&x);
	arena_fini(&x.mem);
	return r;
}
