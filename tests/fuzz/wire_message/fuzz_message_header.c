/* Fields lie side by side and cover the header; unfolding leaves no line end (RFC 5322 2.2.3). */
#include "fuzz.h"

#include "wire/message/header.h"

static void check_field(const struct message_field *f)
{
	AUTO_BUF flat = BUF(f->value.n);
	AUTO_BUF normal = BUF(2 * f->whole.n);

	MUST(f->name.n > 0 && f->whole.n > f->name.n);
	MUST(f->name.p == f->whole.p);
	MUST(f->value.p > f->name.p && f->value.p + f->value.n <= f->whole.p + f->whole.n);
	MUST(message_unfold(f->value, &flat) == 0);
	MUST(span_find_span(buf_span(&flat), SPAN("\r\n")) < 0);
	MUST(message_normalise(f->whole, &normal) == 0);
	for (size_t i = 0; i < normal.n; i++) {
		MUST(normal.p[i] != '\n' || (i && normal.p[i - 1] == '\r'));
		MUST(normal.p[i] != '\r' || (i + 1 < normal.n && normal.p[i + 1] == '\n'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	struct message_header h;
	struct message_field f;
	size_t covered = 0, n = 0;

	message_header_begin(&h, in);
	while (message_header_next(&h, &f)) {
		MUST(f.whole.p == in.p + covered);
		covered += f.whole.n;
		n++;
		check_field(&f);
	}
	MUST(h.end != MESSAGE_HEADER_OPEN && h.n_fields == n);
	MUST(h.fields_n == covered && h.at >= covered && h.at <= covered + 2 && h.at <= in.n);
	MUST(h.at - covered == (h.end == MESSAGE_HEADER_BLANK ? 2 : 0));
	MUST(message_header_body(in) == h.at);
	return 0;
}
