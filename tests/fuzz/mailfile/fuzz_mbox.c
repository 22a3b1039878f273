/* However an mbox comes in pieces, the same messages come out; each octet of a file in LF is in one
 * of them or is the file's; what is written of a message comes back. */
#include "fuzz.h"

#include "mailfile/mbox.h"

enum { MAX = 16 << 20 };

static void run(enum mbox_kind kind, struct span file, size_t step, struct buf *out, size_t *lines)
{
	struct mbox_reader r = { .kind = kind };
	size_t from = 0, to = 0;

	*lines = 0;
	for (;;) {
		struct span in = span_sub(file, from, to - from), rest = in;
		enum mbox_event event;
		while ((event = mbox_next(&r, &rest, to == file.n)) != MBOX_MORE) {
			if (event == MBOX_BEGIN || event == MBOX_END)
				buf_printf(out, "\n[%d]", (int)event);
			if (event == MBOX_LINE)
				buf_put(out, r.text);
			if (event == MBOX_LINE && r.eol)
				buf_puts(out, r.eol == MAILFILE_LF ? "\\n" : "\\r\\n");
			*lines += event == MBOX_LINE && r.eol;
			MUST(event != MBOX_LINE || r.eol || r.text.n);
			if (event == MBOX_NOT)
				return;
		}
		MUST(rest.n <= MBOX_LOOK_BYTES);
		from += in.n - rest.n;
		if (to == file.n)
			break;
		to = to + step < file.n ? to + step : file.n;
	}
	MUST(from == file.n);
}

static void message_of(enum mbox_kind kind, struct span file, struct buf *out)
{
	AUTO_ARENA mem = { 0 };
	struct mbox_reader r = { .kind = kind };
	struct mailfile_lines lines = { 0 };
	struct mailfile_flags flags;
	enum mbox_event event;

	while ((event = mbox_next(&r, &file, true)) != MBOX_MORE) {
		if (event == MBOX_LINE)
			mailfile_line_get(&lines, r.text, r.eol, out);
		MUST(event != MBOX_NOT);
	}
	MUST(r.n_messages == 1);
	MUST(mailfile_fields_take(out, kind == MBOX_CL, &mem, &flags) >= 0);
	if (out->n && (out->p[0] == ' ' || out->p[0] == '\t'))
		return; /* no header section in which flags could stand */
	MUST(flags.system == (MAILFILE_SEEN | MAILFILE_FLAGGED) &&
	     span_eq(flags.keywords, SPAN("k")));
}

/* In mboxrd each message comes back, but for LFs that stand alone and an end without one. */
static void round_trip(struct span text)
{
	static const struct mailfile_from from = { .sender = SPAN("a@x"), .unix_s = 961729015 };
	static const struct mailfile_flags flags = { MAILFILE_SEEN | MAILFILE_FLAGGED, SPAN("k") };
	AUTO_BUF message = BUF(MAX), file = BUF(MAX), got = BUF(MAX);

	mailfile_text_get(text, &message);
	if (!span_ends_nocase(buf_span(&message), SPAN("\r\n")) || message.n > 100000)
		return;
	MUST(mbox_put(MBOX_RD, &from, &flags, buf_span(&message), &file) >= 0);
	message_of(MBOX_RD, buf_span(&file), &got);
	MUST(span_eq(buf_span(&got), buf_span(&message)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = span_make(data, size);

	for (int kind = MBOX_O; kind <= MBOX_CL2; kind++) {
		AUTO_BUF whole = BUF(MAX), pieces = BUF(MAX);
		size_t n, n_pieces;
		run((enum mbox_kind)kind, file, size ? size : 1, &whole, &n);
		run((enum mbox_kind)kind, file, size % 7 + 1, &pieces, &n_pieces);
		MUST(n == n_pieces && span_eq(buf_span(&whole), buf_span(&pieces)));
	}
	round_trip(file);
	return 0;
}
