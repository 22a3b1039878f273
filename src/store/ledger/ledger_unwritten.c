/* store/ledger/ledger_unwritten.c - what waits to be written, looked at in memory. */
#include "store/ledger/ledger_impl.h"

/* 1: the record is that message's. */
static int place_of(uint8_t kind, struct span front, size_t content_octets, uint64_t message,
                    struct ledger_place *out)
{
	AUTO_ARENA mem = { 0 };
	struct journal_head head;
	struct record_message m;
	struct span packed;
	if ((kind != SEGMENT_MESSAGE && kind != SEGMENT_COPY) ||
	    pack_get_span(&front, &packed) < 0 || journal_head_unpack(packed, &mem, &head) < 0 ||
	    record_message_unpack(head.message, &mem, &m) < 0 || m.id != message)
		return 0;
	out->inline_bytes = front.n + content_octets;
	out->blob = m.blob;
	return 1;
}

/* The latest of its records. */
static void find(const struct ledger_item *item, uint64_t message, struct ledger_place *out)
{
	struct journal_place at = item->place;
	for (size_t i = 0; i < item->octets.n;) {
		const char *header = item->octets.p + i;
		size_t payload = segment_record_payload(header);
		size_t content = i == 0 ? item->content_octets : 0;
		struct span front = { header + SEGMENT_RECORD_HEADER_BYTES, payload - content };
		if (place_of(segment_record_kind(header), front, content, message, out)) {
			out->at = at;
			out->octets = SEGMENT_RECORD_HEADER_BYTES + payload;
		}
		i += segment_record_octets(payload) - content;
		at.offset += segment_record_octets(payload);
	}
}

int ledger_unwritten(const struct ledger *l, uint64_t message, struct ledger_place *out)
{
	const struct list *const lists[] = { l->under_way, &l->items };
	struct ledger_place got = { 0 };
	const struct ledger_item *item;
	for (size_t i = 0; i < N_ELEMS(lists); i++)
		if (lists[i])
			LIST_EACH(item, lists[i], link)
				if (item->place.segment)
					find(item, message, &got);
	if (!got.octets)
		return err(ERR_NOT_FOUND, "no record of that message waits for the ledger");
	*out = got;
	return 0;
}
