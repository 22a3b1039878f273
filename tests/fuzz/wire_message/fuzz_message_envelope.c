/* What a header section gives can be read back, within its maximum; no record reads out of bounds
 * (RFC 9051 7.5.2). */
#include "fuzz.h"

#include "base/utf8.h"
#include "wire/message/envelope/envelope.h"

static void check(const struct message_envelope *e, bool made)
{
	AUTO_BUF out = BUF(64 << 20);

	for (unsigned i = 0; i < MESSAGE_ENVELOPE_LISTS; i++) {
		struct span list = message_envelope_list(e, i);
		struct message_envelope_address a;
		int r;

		while ((r = message_envelope_address(&list, &a)) > 0)
			MUST(!made || a.mailbox.p || (!a.name.p && !a.host.p));
		MUST(r == 0 || !made);
	}
	MUST(!made || utf8_valid(e->base_subject));
	MUST(message_envelope_print(&out, e, true) == 0);
	MUST(out.n > 2 && out.p[0] == '(' && out.p[out.n - 1] == ')');
	buf_reset(&out);
	int r = message_envelope_fields(e, ~0U, &out);
	MUST(r == 0 || (!made && r == ERR_CORRUPT));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF record = BUF(1 << 20);
	struct span in = span_make(data, size);
	struct message_envelope e;
	size_t max = size ? (size_t)data[0] * 4 : 0;

	MUST(message_envelope_pack(in, MESSAGE_ENVELOPE_BYTES, &record) == 0);
	MUST(record.n <= MESSAGE_ENVELOPE_BYTES);
	MUST(message_envelope_unpack(buf_span(&record), &e) == 0);
	check(&e, true);
	buf_reset(&record);
	MUST(message_envelope_pack(in, max, &record) == 0);
	MUST(record.n <= (max < 64 ? 64 : max));
	MUST(message_envelope_unpack(buf_span(&record), &e) == 0);
	if (message_envelope_unpack(in, &e) == 0)
		check(&e, false);
	return 0;
}
