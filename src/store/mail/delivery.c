/* store/mail/delivery.c - see delivery.h. */
#include "store/mail/delivery.h"

bool delivery_get(const struct record_recipient *to, struct record_delivery *out)
{
	const struct record_item *item =
	        record_item_find(to->items, to->n_items, RECORD_ITEM_MAILBOX);
	return item && record_delivery_unpack(item->octets, NULL, out) == 0;
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
