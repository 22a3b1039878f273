/* A field that is written is one field, and bears its id; a header that was stripped has none left.
 */
#include "fuzz.h"

#include "wire/authres/authres.h"
#include "wire/message/header.h"

static void check_written(struct span reason, struct span value)
{
	struct authres_result r = { "spf", "pass", reason, { { "smtp", "mailfrom", value } } };
	AUTO_BUF field = BUF(1 << 22);
	struct message_header h;
	struct message_field f;

	MUST(authres_put(&field, SPAN("mx.test"), &r, 1) == 0);
	message_header_begin(&h, buf_span(&field));
	MUST(message_header_next(&h, &f) && f.whole.n == field.n);
	MUST(authres_bears(f.value, SPAN("mx.test")) && !authres_bears(f.value, SPAN("mx")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size), rest = in, first = { 0 };
	AUTO_BUF once = BUF(1 << 22);
	size_t n;

	span_split(&rest, '\n', &first);
	check_written(first, rest);
	(void)authres_bears(in, SPAN("mx.test"));
	(void)authres_hidden(in, SPAN("mx.test"), SPAN("X-Ours"));
	MUST(authres_strip(in, SPAN("mx.test"), SPAN("X-Ours"), &once, &n) == 0);
	MUST(n > 0 || span_eq(buf_span(&once), in));
	MUST(once.n <= in.n);
	return 0;
}
