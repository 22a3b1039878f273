/* calls/records.c - the encodings of records.h. */
#include "calls/mailbox_records.h"
#include "calls/record_found.h"
#include "calls/record_sent.h"
#include "calls/records.h"

#include "wire/smtp/verdict/verdict.h"

PACK_DEFINE(record_item, RECORD_ITEM_FIELDS)
PACK_DEFINE(record_recipient, RECORD_RECIPIENT_FIELDS)
PACK_DEFINE(record_message, RECORD_MESSAGE_FIELDS)
PACK_DEFINE(record_mailbox, RECORD_MAILBOX_FIELDS)
PACK_DEFINE(record_cached, RECORD_CACHED_FIELDS)
PACK_DEFINE(record_entries, RECORD_ENTRIES_FIELDS)
PACK_DEFINE(record_flag, RECORD_FLAG_FIELDS)
PACK_DEFINE(record_flags, RECORD_FLAGS_FIELDS)
PACK_DEFINE(record_gone, RECORD_GONE_FIELDS)
PACK_DEFINE(record_expunge, RECORD_EXPUNGE_FIELDS)
PACK_DEFINE(record_cache, RECORD_CACHE_FIELDS)
PACK_DEFINE(record_extra, RECORD_EXTRA_FIELDS)
PACK_DEFINE(record_rebuilt, RECORD_REBUILT_FIELDS)
PACK_DEFINE(record_delivery, RECORD_DELIVERY_FIELDS)
PACK_DEFINE(record_thread, RECORD_THREAD_FIELDS)
PACK_DEFINE(record_found, RECORD_FOUND_FIELDS)
PACK_DEFINE(record_findings, RECORD_FINDINGS_FIELDS)
PACK_DEFINE(record_followed, RECORD_FOLLOWED_FIELDS)
PACK_DEFINE(record_tags, RECORD_TAGS_FIELDS)
PACK_DEFINE(record_once, RECORD_ONCE_FIELDS)
PACK_DEFINE(record_send_at, RECORD_SEND_AT_FIELDS)

int64_t record_send_at_get(const struct record_message *m)
{
	const struct record_item *item =
	        record_item_find(m->items, m->n_items, RECORD_ITEM_SEND_AT);
	struct record_send_at at;

	return item && record_send_at_unpack(item->octets, NULL, &at) >= 0 ? at.time_ms : 0;
}

const struct record_item *record_item_find(const struct record_item *items, size_t n, uint16_t kind)
{
	for (size_t i = 0; i < n; i++)
		if (items[i].kind == kind)
			return &items[i];
	return NULL;
}

int record_item_add(struct record_message *m, uint16_t kind, struct span octets, struct arena *mem)
{
	struct record_item *items = arena_array(mem, struct record_item, m->n_items + 1);
	struct record_item item = { .kind = kind };

	if (!items || arena_copy(mem, octets, &item.octets) < 0)
		return err(ERR_NO_MEMORY, "no memory for what is known of a message");
	if (m->n_items)
		memcpy(items, m->items, m->n_items * sizeof *items);
	items[m->n_items++] = item;
	m->items = items;
	return 0;
}

uint64_t record_inline_bytes(const struct record_message *m)
{
	return m->size_bytes - (m->blob ? m->body_bytes : 0);
}

void record_first_change(const struct record_message *m, uint32_t i, uint64_t seq,
                         struct record_change *out)
{
	bool local = m->recipients[i].account.n > 0;
	*out = (struct record_change){
		.seq = seq + i,
		.time_ms = m->time_ms,
		.message = m->id,
		.recipient = i,
		.return_path = m->return_path,
		.address = m->recipients[i].address,
		.state = local ? RECIPIENT_DELIVERED : RECIPIENT_QUEUED,
		.class = SMTP_CLASS_DELIVERED,
		.next_try_ms = local ? 0 : m->time_ms,
	};
	if (local) {
		out->attempt = 1;
		out->text = SPAN("delivered into the mailbox");
		out->meaning = SPAN("The message is in the recipient's mailbox.");
	}
}
