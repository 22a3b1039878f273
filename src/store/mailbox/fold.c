/* store/mailbox/fold.c - a fold begins and ends, on the loop. */
#include "store/mailbox/fold.h"

#include <stdlib.h>

#include "rt/worker.h"

struct list *box_folding_ops(const struct box *b)
{
	return b->folding ? &b->folding->ops : NULL;
}

bool box_fold_due(const struct box_set *s)
{
	return s->pending_octets >= s->c.pending_bytes || s->pending_records >= BOX_PENDING_RECORDS;
}

static void list_move(struct list *to, struct list *from)
{
	list_init(to);
	if (list_empty(from))
		return;
	*to = *from;
	to->next->prev = to->prev->next = to;
	list_init(from);
}

/* ---- beginning ---- */

/* All mailboxes of an account that is renewed are written, of others those with ops. */
static bool takes_part(const struct box *b)
{
	return b->account->renew || list_linked(&b->in_pending);
}

static void count(const struct box_set *s, size_t *accounts, size_t *boxes)
{
	const struct box_account *a;
	*accounts = *boxes = 0;
	MAP_EACH(a, &s->accounts) {
		const struct box *b;
		size_t n = 0;
		LIST_EACH(b, &a->boxes, in_account)
			n += takes_part(b);
		*boxes += n;
		*accounts += n > 0;
	}
}

static void take_box(struct box_item *item, struct box *b)
{
	*item = (struct box_item){
		.b = b,
		.expect = box_expect(b),
		.numbers = b->numbers,
		.summed = b->summed,
		.checked = b->checked,
		.renew = b->account->renew,
	};
	list_move(&item->ops, &b->ops);
	list_remove(&b->in_pending);
	b->folding = item;
	b->refs++;
}

static void take_account(struct box_fold *f, struct box_account *a)
{
	struct fold_account *to = &f->accounts[f->n_accounts];
	struct box *b;
	*to = (struct fold_account){
		.account = a,
		.number = a->account,
		.generation = a->generation,
		.renew = a->renew,
		.first = f->n_items,
	};
	LIST_EACH(b, &a->boxes, in_account) {
		to->live += b->numbers.exists;
		if (takes_part(b))
			take_box(&f->items[f->n_items++], b);
	}
	to->n = f->n_items - to->first;
	f->n_accounts += to->n > 0;
}

static void take_doomed(struct box_set *s, struct list *out)
{
	struct box_doomed *d, *next;
	LIST_EACH_SAFE(d, next, &s->doomed, link)
		if (!d->folds) {
			list_remove(&d->link);
			list_push_back(out, &d->link);
		}
}

static void job_free(struct box_fold *f)
{
	struct box_doomed *d, *next;
	if (!f)
		return;
	LIST_EACH_SAFE(d, next, &f->doomed, link)
		free(d);
	for (size_t i = 0; i < f->n_items; i++)
		free(f->items[i].placed);
	free(f->items);
	free(f->accounts);
	free(f);
}

/* Room for what the database is to be told. */
static int folded_reserve(struct box_set *s, size_t n)
{
	if (s->folded_room - s->n_folded >= n)
		return 0;
	struct box_folded *p = reallocarray(s->folded, s->n_folded + n, sizeof *p);
	if (!p)
		return ERR_NO_MEMORY;
	s->folded = p;
	s->folded_room = s->n_folded + n;
	return 0;
}

static int fold_begin(struct box_set *s, uint64_t place, struct box_fold **out)
{
	size_t accounts, boxes;
	struct box_account *a;
	if (s->fold)
		return err(ERR_AGAIN, "a fold is under way");
	count(s, &accounts, &boxes);
	struct box_fold *f = calloc(1, sizeof *f);
	if (f) {
		list_init(&f->doomed);
		f->items = calloc(boxes + 1, sizeof *f->items);
		f->accounts = calloc(accounts + 1, sizeof *f->accounts);
	}
	if (!f || !f->items || !f->accounts || folded_reserve(s, boxes) < 0) {
		job_free(f);
		return err(ERR_NO_MEMORY, "no memory to fold mailboxes");
	}
	f->dir = s->c.dir;
	f->place = place;
	MAP_EACH(a, &s->accounts)
		take_account(f, a);
	take_doomed(s, &f->doomed);
	s->pending_octets = s->pending_records = 0;
	s->fold = f;
	*out = f;
	return 0;
}

/* ---- ending ---- */

static void give_back(struct box_item *item)
{
	struct box *b = item->b;
	b->checked = false; /* a rename that failed may have happened */
	while (!list_empty(&item->ops)) {
		struct box_op *op = CONTAINER(item->ops.prev, struct box_op, link);
		b->set->pending_octets += op->octets;
		b->set->pending_records += op->n;
		list_remove(&op->link);
		list_push_front(&b->ops, &op->link);
	}
	if (!list_empty(&b->ops) && !list_linked(&b->in_pending))
		list_push_back(&b->set->pending, &b->in_pending);
}

static void adopt_sums(struct box *b, const struct box_item *item)
{
	const struct box_numbers *n = &item->numbers;
	if (!item->reread || b->loaded)
		return;
	if (b->numbers.uid_next < n->uid_next)
		b->numbers.uid_next = n->uid_next;
	b->summed = list_empty(&b->ops);
	b->numbers.exists = n->exists;
	b->numbers.unseen = n->unseen;
	b->numbers.deleted = n->deleted;
	b->numbers.octets = n->octets;
}

/* Where the caches of rows in memory are now; what was found out meanwhile is newer. */
static void place(struct box *b, const struct box_item *item)
{
	const struct box_op *op;
	for (size_t i = 0; i < item->n_placed; i++)
		box_array_cache(&b->loaded->array, item->placed[i].uid, item->placed[i].cache);
	LIST_EACH(op, &b->ops, link)
		if (op->kind == BOX_OP_CACHE)
			box_array_cache(&b->loaded->array, op->uid, 0);
}

/* It is in the files. */
static void keep(struct box_item *item)
{
	struct box *b = item->b;
	const struct box_numbers *n = &item->numbers;
	b->folds++;
	b->checked = true;
	b->numbers.serial = n->serial;
	b->numbers.file_octets = n->file_octets;
	b->numbers.floor = n->floor;
	adopt_sums(b, item);
	if (item->lost)
		box_damaged(b, "its index file was damaged or lost before more was written to it");
	if (b->loaded && item->renew)
		box_unload(b); /* all its caches moved */
	if (b->loaded)
		place(b, item);
	if (b->loaded && item->outcome == FOLD_REWRITTEN)
		box_array_forget(&b->loaded->array, n->floor); /* not what went since */
	b->set->folded[b->set->n_folded++] =
	        (struct box_folded){ .mailbox = b->mailbox, .numbers = *n };
	box_ops_free(NULL, &item->ops);
}

static void end_item(struct box_item *item, int result)
{
	struct box *b = item->b;
	b->folding = NULL;
	if (b->removed)
		box_ops_free(NULL, &item->ops);
	else if (item->outcome == FOLD_REWRITTEN || (result == 0 && item->outcome == FOLD_WRITTEN))
		keep(item);
	else
		give_back(item);
	box_unref(b);
}

static void end_account(struct box_set *s, const struct fold_account *from, int result)
{
	struct box_account *a = from->account;
	if (from->generation)
		a->generation = from->generation;
	if (from->half_dead)
		a->renew = true;
	if (!from->renew || result < 0)
		return;
	a->renew = false;
	/* What was copied by place waits for the next fold, which moves it. */
	if (box_doom(s, a->account, 0, from->generation, 2) < 0)
		err_clear();
}

static void fold_end(struct box_set *s, struct box_fold *f, int result)
{
	for (size_t i = 0; i < f->n_items; i++)
		end_item(&f->items[i], result);
	for (size_t i = 0; i < f->n_accounts; i++)
		end_account(s, &f->accounts[i], result);
	s->fold = NULL;
	job_free(f);
}

/* ---- the whole ---- */

static int run(void *arg)
{
	return box_fold_run(arg);
}

int box_thread(struct box_set *s)
{
	return s->thread ? 0 : worker_start("mailbox fold", &s->thread);
}

WAITS int box_fold(struct box_set *s, uint64_t place)
{
	struct box_fold *f;
	int r = box_thread(s);
	if (r == 0)
		r = fold_begin(s, place, &f);
	if (r < 0)
		return r;
	r = worker_run(s->thread, run, f, "a fold of mailboxes");
	fold_end(s, f, r);
	return r;
}

int box_fold_blocking(struct box_set *s, uint64_t place)
{
	struct box_fold *f;
	int r = fold_begin(s, place, &f);
	if (r < 0)
		return r;
	r = box_fold_run(f);
	fold_end(s, f, r);
	return r;
}

size_t box_folded(const struct box_set *s, const struct box_folded **out)
{
	*out = s->folded;
	return s->n_folded;
}

void box_folded_kept(struct box_set *s)
{
	struct box_doomed *d;
	s->n_folded = 0;
	LIST_EACH(d, &s->doomed, link)
		if (d->folds)
			d->folds--;
}

int box_doom(struct box_set *s, uint32_t account, uint32_t mailbox, uint32_t generation,
             unsigned folds)
{
	struct box_doomed *d = calloc(1, sizeof *d);
	if (!d)
		return err(ERR_NO_MEMORY, "no memory to remove a file of mailboxes");
	*d = (struct box_doomed){
		.account = account, .mailbox = mailbox, .generation = generation, .folds = folds
	};
	list_push_back(&s->doomed, &d->link);
	return 0;
}
