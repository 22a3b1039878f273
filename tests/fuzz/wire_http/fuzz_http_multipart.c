/* A form, at once and octet by octet: the same parts come of it; and what a part holds has no
 * boundary in it. */
#include "fuzz.h"

#include "base/buf.h"
#include "wire/http/multipart.h"

enum { ROOM = 1 << 16 };

/* All that is told of it, one behind the other. */
static int tell(struct span in, size_t step, struct buf *out)
{
	AUTO_ARENA mem = { 0 };
	struct http_multipart m;
	struct http_part part;
	struct span window = span_sub(in, 0, 0), data;
	int r = http_multipart_begin(&m, SPAN("multipart/form-data; boundary=\"b-1\""));

	MUST(r == 0);
	for (;;) {
		r = http_multipart_take(&m, &window, &mem, &part, &data);
		if (r == HTTP_PART_BEGIN)
			buf_printf(out, "\n<%.*s|%.*s|%.*s>", SPAN_ARG(part.name),
			           SPAN_ARG(part.file_name), SPAN_ARG(part.type));
		else if (r == HTTP_PART_DATA)
			buf_put(out, data);
		else if (r == HTTP_PART_END)
			buf_puts(out, "\n</>");
		else if (r != HTTP_PART_MORE || window.p + window.n == in.p + in.n)
			return r;
		else
			window.n += (size_t)(in.p + in.n - window.p) - window.n < step
			                    ? (size_t)(in.p + in.n - window.p) - window.n
			                    : step;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	AUTO_BUF whole = BUF(ROOM * 2);
	AUTO_BUF single = BUF(ROOM * 2);

	if (size > ROOM)
		return 0;
	int r = tell(in, size ? size : 1, &whole);
	int again = tell(in, 1, &single);
	MUST((r < 0) == (again < 0) && (r == HTTP_PARTS_OVER) == (again == HTTP_PARTS_OVER));
	MUST(r < 0 || span_eq(buf_span(&whole), buf_span(&single)));
	MUST(span_find_span(buf_span(&whole), SPAN("\r\n--b-1")) < 0);
	MUST(r >= 0 || *err_str(r));
	return 0;
}
