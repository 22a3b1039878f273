/* However the octets come in pieces, the same commands come out; no limit is passed; APPEND's
 * messages have the octets that were announced; what is refused is swallowed. */
#include "fuzz.h"

#include "base/buf.h"
#include "wire/imap/reader.h"

static const struct imap_reader_limits LIMITS = {
	.line = 80, .literal = 30, .command = 130, .nonsync = 200, .swallow = 300
};

static void tell(struct imap_reader *r, enum imap_read event, struct buf *out)
{
	struct span tag = imap_reader_tag(r);

	if (event == IMAP_READ_PIECE) {
		MUST(r->text.n > 0);
		buf_put(out, r->text);
		return;
	}
	buf_printf(out, "\n%d %.*s %s", (int)event, SPAN_ARG(tag), r->why ? r->why : "");
	if (event == IMAP_READ_COMMAND || event == IMAP_READ_MESSAGE || event == IMAP_READ_APPENDED)
		buf_put(out, r->text);
	if (event == IMAP_READ_MESSAGE && r->size % 3)
		imap_reader_accept(r);
}

static void check(const struct imap_reader *r, enum imap_read event, uint64_t *pieces)
{
	MUST(r->gathered.n <= LIMITS.command && r->gathered.room <= LIMITS.command);
	MUST(r->swallowed <= LIMITS.swallow);
	MUST(r->n_tag <= IMAP_TAG_MAX && r->n_tail <= sizeof r->tail);
	if (event == IMAP_READ_COMMAND)
		MUST(r->text.n <= LIMITS.command && span_find(r->text, '\n') != 0);
	if (event == IMAP_READ_MESSAGE)
		*pieces = 0;
	if (event == IMAP_READ_PIECE) {
		*pieces += r->text.n;
		MUST(*pieces + r->left == r->size);
	}
	if (event == IMAP_READ_APPENDED)
		MUST(*pieces == r->size);
	if (event == IMAP_READ_REFUSED && r->why)
		MUST(r->error < 0);
}

static void run(struct span input, size_t n, struct buf *out)
{
	struct imap_reader r;
	uint64_t pieces = 0;

	imap_reader_init(&r, &LIMITS);
	while (input.n) {
		struct span in = span_sub(input, 0, n);
		enum imap_read event;

		input = span_sub(input, in.n, input.n);
		do {
			event = imap_reader_next(&r, &in);
			check(&r, event, &pieces);
			if (event == IMAP_READ_CLOSE)
				input.n = 0;
			if (event != IMAP_READ_MORE)
				tell(&r, event, out);
		} while (event != IMAP_READ_MORE && event != IMAP_READ_CLOSE);
	}
	imap_reader_fini(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF whole = BUF(1 << 20);
	AUTO_BUF pieces = BUF(1 << 20);
	size_t n;

	if (size == 0)
		return 0;
	n = data[0] % 16 + 1;
	run(span_make(data + 1, size - 1), SIZE_MAX, &whole);
	run(span_make(data + 1, size - 1), n, &pieces);
	MUST(span_eq(buf_span(&whole), buf_span(&pieces)));
	return 0;
}
