/* store/rebuild/count.c - what is in the mailboxes that can be read. */
#include "store/rebuild/rebuild.h"

static void nothing(UNUSED const struct box_row *row, UNUSED void *arg)
{
}

WAITS int rebuild_damaged(struct rebuild *x)
{
	struct mailbox *m;
	size_t n = 0;
	int r = 0;
	LIST_EACH(m, &x->a->mailboxes, link)
		n++;
	x->boxes = arena_array(&x->mem, struct rebuild_box, n);
	if (n && !x->boxes)
		return err(ERR_NO_MEMORY, "no memory to rebuild mailboxes");
	LIST_EACH(m, &x->a->mailboxes, link) {
		r = m->box ? box_check(m->box, nothing, NULL) : 0;
		if (r == ERR_DAMAGED) {
			m->rebuilding = true;
			x->boxes[x->n_boxes++] = (struct rebuild_box){ .m = m };
		} else if (r < 0) {
			return r;
		}
	}
	return 0;
}

struct counting {
	struct rebuild *x;
	bool own;
};

static void count_row(const struct box_row *row, void *arg)
{
	const struct counting *c = arg;
	struct rebuild_message *m = rebuild_find(c->x, row->message);
	if (c->own) {
		c->x->n_readable++;
		c->x->readable += row->size;
	}
	if (!m)
		return;
	m->held--;
	if (!c->own && m->elsewhere)
		m->elsewhere--;
}

static WAITS int count_box(struct rebuild *x, uint32_t number)
{
	struct mailbox *m = store_mailbox(x->sp, number);
	struct counting c = { x, m && m->account == x->a };
	if (!m || !m->box || m->rebuilding)
		return 0;
	m->users++;
	int r = box_check(m->box, count_row, &c);
	store_mailbox_leave(&m);
	if (r == ERR_DAMAGED && !c.own) {
		x->others_damaged = true;
		return 0;
	}
	return r;
}

/* Names of others may change meanwhile; what is in their mailboxes does not. */
static WAITS int count_account(struct rebuild *x, const struct account *a)
{
	const struct mailbox *m;
	size_t n = 0, i = 0;
	int r = 0;
	LIST_EACH(m, &a->mailboxes, link)
		n++;
	uint32_t *numbers = arena_array(&x->mem, uint32_t, n);
	if (n && !numbers)
		return err(ERR_NO_MEMORY, "no memory to rebuild mailboxes");
	LIST_EACH(m, &a->mailboxes, link)
		numbers[i++] = m->number;
	for (i = 0; i < n && r >= 0; i++)
		r = count_box(x, numbers[i]);
	return r;
}

WAITS int rebuild_count(struct rebuild *x)
{
	const struct rebuild_other *o;
	int r = count_account(x, x->a);
	MAP_EACH(o, &x->others) {
		const struct account *a = names_account(&x->sp->names, o->name);
		if (a && r >= 0)
			r = count_account(x, a);
	}
	return r;
}
