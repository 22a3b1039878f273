/* imapd/order/order.c - see order.h. */
#include "imapd/order/order.h"

#include <stdlib.h>

#include "imapd/search/search.h"

static size_t held_bytes;

static int charge(struct imapd_order *o, size_t bytes)
{
	held_bytes += bytes - o->charged;
	o->charged = bytes;
	return held_bytes > IMAPD_ORDER_BYTES_MAX
	               ? err(ERR_LIMIT, "%zu messages are too many", o->n)
	               : 0;
}

/* No more than the mailbox has. */
static int make_room(struct imapd_order *o)
{
	size_t room = o->room ? 2 * o->room : 64, most = o->session->box->view.n;
	struct message_sort_entry *entries;

	if (o->n < o->room)
		return 0;
	if (room > most && most > o->n)
		room = most;
	int r = charge(o, room * sizeof *entries + o->mem.used);
	if (r < 0)
		return r;
	entries = realloc(o->entries, room * sizeof *entries);
	if (!entries)
		return err(ERR_NO_MEMORY, "no memory for %zu messages in order", room);
	o->entries = entries;
	o->room = room;
	return 0;
}

static WAITS int fill(struct imapd_order *o, const struct mailbox_entry *e,
                      struct message_sort_entry *entry)
{
	struct imapd_message m = { .session = o->session, .entry = e };
	struct message_envelope envelope;
	int r = imapd_message_envelope(&m, &envelope); /* WAITS */

	if (r >= 0)
		r = message_sort_entry_fill(&envelope, o->want, &o->mem, entry);
	imapd_message_fini(&m);
	return r;
}

static WAITS int found(void *arg, const struct mailbox_entry *e, uint32_t number)
{
	struct imapd_order *o = arg;
	int r = make_room(o);

	if (r < 0)
		return r;
	struct message_sort_entry *entry = &o->entries[o->n];
	*entry = (struct message_sort_entry){ .number = o->by_uid ? e->uid : number,
		                              .size = e->size,
		                              .arrival_s = e->date_s };
	if (o->caches)
		r = fill(o, e, entry); /* WAITS */
	if (r == ERR_NOT_FOUND)        /* expunged meanwhile */
		return 0;
	if (r < 0)
		return r;
	o->n++;
	o->modseq = e->modseq > o->modseq ? e->modseq : o->modseq;
	return charge(o, o->room * sizeof *entry + o->mem.used);
}

WAITS int imapd_order_gather(struct imapd_order *o, struct imapd_session *s, struct imapd_call *c,
                             const struct imap_search *keys, bool caches, unsigned want)
{
	*o = (struct imapd_order){ .session = s,
		                   .by_uid = c->cmd.uid,
		                   .caches = caches,
		                   .want = want,
		                   .mem.cap = IMAPD_ORDER_BYTES_MAX };
	int r = imapd_search_each(s, c, keys, caches, found, o); /* WAITS */
	return r == ERR_LIMIT
	               ? imapd_no(c, "LIMIT", "Too many messages at once; search for fewer of them")
	               : r;
}

void imapd_order_fini(struct imapd_order *o)
{
	held_bytes -= o->charged;
	arena_fini(&o->mem);
	free(o->entries);
	*o = (struct imapd_order){ 0 };
}
