/* queue/orders/order_wait.c - what an order asks of recipients whose attempt is under way.  See
 * order.h.
 */
#include <stdlib.h>

#include "queue/orders/order.h"
#include "queue/state/record.h"

/* An order's own copy; one for all recipients of an entry that wait for it. */
struct kept {
	struct order order;
	struct arena mem;
	size_t n_waits;
};

struct wait {
	struct list link; /* in queue.orders */
	const struct entry *entry;
	uint64_t message;
	uint32_t recipient;
	struct kept *kept;
};

static void kept_unref(struct kept *k)
{
	if (--k->n_waits)
		return;
	arena_fini(&k->mem);
	free(k);
}

static void wait_free(struct wait *w)
{
	list_remove(&w->link);
	kept_unref(w->kept);
	free(w);
}

static bool is_same(const struct order *a, const struct order *b)
{
	return a->kind == b->kind && a->given_ms == b->given_ms && a->quiet == b->quiet &&
	       span_eq(a->who, b->who) && span_eq(a->why, b->why) && span_eq(a->route, b->route);
}

static struct kept *keep(const struct order *o)
{
	struct kept *k = calloc(1, sizeof *k);

	if (!k)
		return NULL;
	k->order = (struct order){ .kind = o->kind, .given_ms = o->given_ms, .quiet = o->quiet };
	if (arena_copy(&k->mem, o->who, &k->order.who) < 0 ||
	    arena_copy(&k->mem, o->why, &k->order.why) < 0 ||
	    arena_copy(&k->mem, o->route, &k->order.route) < 0) {
		arena_fini(&k->mem);
		free(k);
		return NULL;
	}
	return k;
}

/* The latest order about a recipient is the one that counts. */
static struct wait *find(const struct queue *q, const struct entry *e, uint32_t recipient)
{
	struct wait *w;

	LIST_EACH(w, &q->orders, link)
		if (w->entry == e && w->recipient == recipient)
			return w;
	return NULL;
}

static struct kept *find_kept(const struct queue *q, const struct entry *e, const struct order *o)
{
	struct wait *w;

	LIST_EACH(w, &q->orders, link)
		if (w->entry == e && is_same(&w->kept->order, o))
			return w->kept;
	return NULL;
}

int order_wait(struct queue *q, const struct order *o, const struct entry *e, uint32_t recipient)
{
	struct kept *kept = find_kept(q, e, o);
	struct wait *before = find(q, e, recipient), *w = malloc(sizeof *w);

	if (w && !kept)
		kept = keep(o);
	if (!w || !kept) {
		free(w);
		return err(ERR_NO_MEMORY, "no memory for an order");
	}
	*w = (struct wait){
		.entry = e, .message = e->message, .recipient = recipient, .kept = kept
	};
	kept->n_waits++;
	list_push_back(&q->orders, &w->link);
	if (before)
		wait_free(before);
	return 0;
}

void order_wait_fini(struct queue *q)
{
	struct wait *w, *next;

	LIST_EACH_SAFE(w, next, &q->orders, link)
		wait_free(w);
}

/* ---- the attempt is over ---- */

/* Until it is done, or the role ends. */
static WAITS void carry_out(struct queue *q, const struct order *o)
{
	struct order_page page = { .after = { .next_try_ms = INT64_MIN }, .more = true };
	unsigned n_failed = 0;
	int r = 0;

	while (r >= 0 && page.more && !q->closing) {
		AUTO_ARENA mem = { 0 };

		if (order_page(q, o, &page, &mem) >= 0) /* WAITS */
			n_failed = 0;
		else
			r = record_back_off(n_failed++); /* WAITS */
	}
}

/* Those that wait for the same as the first of `due`, which leave it. */
static struct kept *gather(struct list *due, uint32_t *recipients, size_t *n, uint64_t *message)
{
	struct wait *w, *next, *first = LIST_FIRST(due, struct wait, link);
	struct kept *kept = first->kept;

	*n = 0;
	*message = first->message;
	kept->n_waits++;
	LIST_EACH_SAFE(w, next, due, link) {
		if (w->kept != kept || *n == QUEUE_JOB_RCPT_MAX)
			continue;
		recipients[(*n)++] = w->recipient;
		wait_free(w);
	}
	return kept;
}

WAITS void order_after(struct queue *q, const struct entry *e)
{
	struct list due;
	struct wait *w, *next;

	list_init(&due);
	LIST_EACH_SAFE(w, next, &q->orders, link)
		if (w->entry == e) {
			list_remove(&w->link);
			list_push_back(&due, &w->link);
		}
	while (!list_empty(&due)) {
		uint32_t recipients[QUEUE_JOB_RCPT_MAX];
		uint64_t message;
		size_t n;
		struct kept *kept = gather(&due, recipients, &n, &message);
		struct order o = kept->order;

		o.filter.message = message;
		o.only = recipients;
		o.n_only = n;
		carry_out(q, &o); /* WAITS */
		kept_unref(kept);
	}
}
