/* A reply is the same however it is cut into reads, keeps within its bounds, and ours reads what
 * ours prints (RFC 5321 4.2, 4.5.3.1.5). */
#include "fuzz.h"

#include "base/utf8.h"
#include "wire/smtp/reply.h"

static int feed(struct smtp_reply *r, struct span in, size_t piece, size_t *used)
{
	size_t n = in.n;
	int rc = 0;

	while (in.n && rc == 0) {
		struct span part = span_sub(in, 0, piece), left = part;

		rc = smtp_reply_feed(r, &left);
		in = span_sub(in, part.n - left.n, in.n);
		MUST(r->text.n <= SMTP_REPLY_TEXT_KEPT && r->n_lines <= SMTP_REPLY_LINES_MAX + 1);
	}
	*used = n - in.n;
	return rc;
}

static void check_flat(struct span text, size_t max)
{
	AUTO_BUF flat = BUF(max);

	MUST(smtp_reply_put_flat(text, max, &flat) == 0);
	MUST(utf8_valid(buf_span(&flat)) && span_find(buf_span(&flat), '\n') < 0);
}

static void check_print(int code, struct span text)
{
	AUTO_BUF out = BUF(1 << 20);
	struct smtp_reply back = { 0 };
	struct span in, line;

	MUST(smtp_reply_print(&out, code, "5.7.1", text) == 0);
	for (in = buf_span(&out); span_split(&in, '\n', &line);) {
		MUST(line.n + 1 <= SMTP_REPLY_LINE_MAX && line.p[line.n - 1] == '\r');
		for (size_t i = 0; i + 1 < line.n; i++)
			MUST(line.p[i] >= 0x20 && line.p[i] < 0x7f);
	}
	in = buf_span(&out);
	if (smtp_reply_feed(&back, &in) == 1)
		MUST(back.code == code && in.n == 0);
	else
		MUST(back.n_lines > SMTP_REPLY_LINES_MAX);
	smtp_reply_fini(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	struct smtp_reply whole = { 0 }, pieces = { 0 };
	size_t used, used_again;
	int rc = feed(&whole, in, size, &used);

	MUST(rc == 0 || rc == 1 || rc == ERR_SYNTAX || rc == ERR_TOO_LONG);
	MUST(feed(&pieces, in, 1 + size % 7, &used_again) == rc);
	if (rc == 1) {
		MUST(used == used_again && whole.code == pieces.code);
		MUST(whole.n_lines == pieces.n_lines && whole.cut == pieces.cut);
		MUST(span_eq(buf_span(&whole.text), buf_span(&pieces.text)));
		MUST(whole.code >= 200 && whole.code <= 599);
		check_flat(buf_span(&whole.text), 1 + size % 600);
	}
	if (size < 1 << 16)
		check_print(550, in);
	smtp_reply_fini(&whole);
	smtp_reply_fini(&pieces);
	return 0;
}
