/* store/mail/delivery.c - see delivery.h. */
#include "store/mail/delivery.h"

#include "wire/message/thread/root.h"

bool delivery_get(const struct record_recipient *to, struct record_delivery *out)
{
	const struct record_item *item =
	        record_item_find(to->items, to->n_items, RECORD_ITEM_MAILBOX);
	return item && record_delivery_unpack(item->octets, NULL, out) == 0;
}

uint64_t delivery_thread(const struct record_message *m)
{
	const struct record_item *item = record_item_find(m->items, m->n_items, RECORD_ITEM_THREAD);
	struct record_thread t = { 0 };

	return item && record_thread_unpack(item->octets, NULL, &t) == 0 ? t.thread : 0;
}

int delivery_thread_put(struct record_message *m, struct span header, struct arena *mem)
{
	struct record_thread t = { delivery_thread_of(header, m->id) };
	struct buf packed = BUF(sizeof t);
	int r = record_thread_pack(&t, &packed);

	if (r >= 0)
		r = record_item_add(m, RECORD_ITEM_THREAD, buf_span(&packed), mem);
	buf_fini(&packed);
	return r;
}

uint64_t delivery_thread_of(struct span header, uint64_t id)
{
	uint64_t root = message_thread_root(header);

	return root ? root : id;
}

struct box_row delivery_row(const struct record_message *m, uint32_t i,
                            const struct record_delivery *d)
{
	const struct record_recipient *to = &m->recipients[i];
	return (struct box_row){
		.uid = to->uid,
		.size = (uint32_t)(m->size_bytes + to->prefix.n),
		.flags = d->flags,
		.modseq = d->modseq,
		.message = m->id,
		.thread = delivery_thread(m),
		.date_s = m->time_ms / 1000,
		.saved_s = (uint32_t)(m->time_ms / 1000),
		.recipient = to->prefix.n ? i : BOX_NO_RECIPIENT,
	};
}

struct span delivery_cache(const struct record_message *m)
{
	const struct record_item *item =
	        record_item_find(m->items, m->n_items, RECORD_ITEM_ENVELOPE);
	return item ? item->octets : (struct span){ 0 };
}
