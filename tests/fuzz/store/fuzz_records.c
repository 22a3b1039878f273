/* Journal payloads: what can be unpacked packs to the same again, items of whatever kind with it; a
 * number keeps its node.  The first octet is the record's kind. */
#include "fuzz.h"

#include "base/base64.h"
#include "calls/mailbox_records.h"
#include "calls/record_id.h"
#include "store/journal/journal.h"

enum { MEMORY_MAX = 64 << 20 };

static void check(int r)
{
	MUST(r == 0 || r == ERR_SYNTAX || r == ERR_TOO_LONG || r == ERR_NO_MEMORY);
}

#define TWICE(type)                                                                                \
	do {                                                                                       \
		struct type v, again;                                                              \
		AUTO_BUF a = BUF(MEMORY_MAX), b = BUF(MEMORY_MAX);                                 \
		int r = type##_unpack(in, &mem, &v);                                               \
		check(r);                                                                          \
		if (r == 0) {                                                                      \
			MUST(type##_pack(&v, &a) == 0);                                            \
			MUST(type##_unpack(buf_span(&a), &mem, &again) == 0);                      \
			MUST(type##_pack(&again, &b) == 0);                                        \
			MUST(span_eq(buf_span(&a), buf_span(&b)));                                 \
		}                                                                                  \
	} while (0)

static void same_items(const struct record_item *a, size_t n_a, const struct record_item *b,
                       size_t n_b)
{
	MUST(n_a == n_b);
	for (size_t i = 0; i < n_a; i++)
		MUST(a[i].kind == b[i].kind && span_eq(a[i].octets, b[i].octets));
}

/* A copy is packed from what was read: kinds of items that nobody knows must be in it. */
static void items_stay(const struct record_message *m, struct arena *mem)
{
	AUTO_BUF packed = BUF(MEMORY_MAX);
	struct record_message again;
	MUST(record_message_pack(m, &packed) == 0);
	MUST(record_message_unpack(buf_span(&packed), mem, &again) == 0);
	same_items(m->items, m->n_items, again.items, again.n_items);
	MUST(m->n_recipients == again.n_recipients);
	for (size_t i = 0; i < m->n_recipients; i++)
		same_items(m->recipients[i].items, m->recipients[i].n_items,
		           again.recipients[i].items, again.recipients[i].n_items);
}

static void number(uint64_t id, int64_t time_ms)
{
	char text[ID_TEXT_LEN + 1];
	unsigned node = id & RECORD_NODE_MAX;
	uint64_t back;
	id_print(id, text);
	MUST(id_parse(span_str(text), &back) == 0 && back == id);
	if (id >> 62 || time_ms < 0 || time_ms > INT64_C(1) << 41) /* the year 2039 */
		return;
	uint64_t next = record_id_next(id, time_ms, node);
	MUST(next > id && (next & RECORD_NODE_MAX) == node);
}

static void message(struct span payload)
{
	AUTO_ARENA mem = { .cap = MEMORY_MAX };
	struct span in, text = payload;
	struct journal_head head;
	if (pack_get_span(&text, &in) < 0)
		return;
	MUST(in.n + text.n + 4 == payload.n || !payload.n);
	TWICE(journal_head);
	if (journal_head_unpack(in, &mem, &head) < 0)
		return;
	in = head.message;
	TWICE(record_message);
	struct record_message m;
	if (record_message_unpack(in, &mem, &m) < 0)
		return;
	items_stay(&m, &mem);
	number(m.id, m.time_ms);
	number(m.blob, m.time_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { .cap = MEMORY_MAX };
	if (!size)
		return 0;
	struct span in = span_make(data + 1, size - 1);
	switch (data[0]) {
	case SEGMENT_MESSAGE:
	case SEGMENT_COPY: message(in); break;
	case SEGMENT_CHANGE:
	case SEGMENT_RESTATE: TWICE(record_change); break;
	case SEGMENT_OPEN: TWICE(journal_open_record); break;
	case SEGMENT_MAILBOX: TWICE(record_mailbox); break;
	case SEGMENT_ENTRIES: TWICE(record_entries); break;
	case SEGMENT_FLAGS: TWICE(record_flags); break;
	case SEGMENT_EXPUNGE: TWICE(record_expunge); break;
	case SEGMENT_CACHE: TWICE(record_cache); break;
	case SEGMENT_REBUILT: TWICE(record_rebuilt); break;
	case 0: TWICE(record_delivery); break;
	default: break;
	}
	return 0;
}
