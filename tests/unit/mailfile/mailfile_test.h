/* mailfile_test.h - a whole mbox read in pieces. */
#ifndef TESTS_UNIT_MAILFILE_MAILFILE_TEST_H
#define TESTS_UNIT_MAILFILE_MAILFILE_TEST_H

#include "base/arena.h"
#include "mailfile/mbox.h"
#include "test.h"

/* Its messages as "[sender @ date]" and the text, flags behind; `step` octets more at a time, each
 * time in a block of just that size. */
static inline void read_mbox(enum mbox_kind kind, struct span file, size_t step, struct buf *out)
{
	AUTO_ARENA mem = { 0 };
	AUTO_BUF message = BUF(1 << 20);
	struct mbox_reader r = { .kind = kind };
	struct mailfile_lines lines = { 0 };
	struct mailfile_flags flags;
	size_t from = 0, to = 0;

	for (;;) {
		struct span in = exact(span_sub(file, from, to - from));
		struct span rest = in;
		enum mbox_event event;
		while ((event = mbox_next(&r, &rest, to == file.n)) != MBOX_MORE) {
			if (event == MBOX_NOT)
				buf_puts(out, "not an mbox");
			if (event == MBOX_BEGIN) {
				buf_printf(out, "[%.*s @ %jd]", SPAN_ARG(r.from.sender),
				           (intmax_t)r.from.unix_s);
				lines = (struct mailfile_lines){ 0 };
				buf_reset(&message);
			}
			if (event == MBOX_LINE)
				mailfile_line_get(&lines, r.text, r.eol, &message);
			if (event == MBOX_END) {
				bool counted = kind == MBOX_CL || kind == MBOX_CL2;
				CHECK_INT(mailfile_fields_take(&message, counted, &mem, &flags), 0);
				buf_put(out, buf_span(&message));
				buf_puts(out, "(");
				mailfile_flags_put(&flags, out);
				buf_puts(out, ")");
			}
		}
		from += in.n - rest.n;
		if (to == file.n)
			return;
		CHECK(rest.n <= MBOX_LOOK_BYTES);
		to = to + step < file.n ? to + step : file.n;
	}
}

#endif
