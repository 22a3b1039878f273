/* queue/serve/once.c - see once.h. */
#include "queue/serve/once.h"

#include "calls/mailbox_records.h"
#include "calls/record_sent.h"

static struct list under_way = LIST_INIT(under_way);

void once_end(struct once *o)
{
	list_remove(&o->link);
}

static bool is_under_way(const struct once *o)
{
	const struct once *other;

	LIST_EACH(other, &under_way, link)
		if (span_eq(other->login, o->login) && span_eq(other->key, o->key))
			return true;
	return false;
}

/* 1: it is that one. */
static int compare(struct span key, struct span before, struct span now)
{
	return span_eq(before, now)
	               ? 1
	               : err(ERR_EXISTS, "the key \"%.*s\" was used for another message",
	                     SPAN_ARG(key));
}

WAITS int once_begin(struct queue *q, const struct record_message *m, struct once *o,
                     uint64_t *message)
{
	const struct record_item *item =
	        record_item_find(m->items, m->n_items, RECORD_ITEM_IDEMPOTENCY_KEY);
	AUTO_ARENA mem = { 0 };
	struct record_once once;
	struct span before;
	int r = item ? record_once_unpack(item->octets, NULL, &once) : 0;

	*o = (struct once){ .login = m->login };
	if (!item || r < 0)
		return r;
	o->key = once.key;
	if (is_under_way(o))
		return err(ERR_AGAIN, "the message with the key \"%.*s\" is being taken just now",
		           SPAN_ARG(once.key));
	list_push_back(&under_way, &o->link);
	r = store_handed_in(q->store, m->login, once.key, clock_wall_time_ms() - RECORD_ONCE_MS,
	                    &mem, message, &before); /* WAITS */
	if (r >= 0)
		r = compare(once.key, before, once.digest);
	if (r == ERR_NOT_FOUND)
		return 0;
	once_end(o);
	return r;
}
