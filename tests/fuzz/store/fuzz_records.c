/* Journal payloads: what can be unpacked packs to the same again.  The first octet is the kind. */
#include "fuzz.h"

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
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { .cap = MEMORY_MAX };
	if (!size)
		return 0;
	struct span in = span_make(data + 1, size - 1);
	switch (data[0] % 3) {
	case 0: message(in); break;
	case 1: TWICE(record_change); break;
	default: TWICE(journal_open_record); break;
	}
	return 0;
}
