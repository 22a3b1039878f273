/* What is encoded decodes to itself, in lines that RFC 2045 6.7 (5), 6.8 and RFC 2047 2 permit. */
#include "fuzz.h"

#include "base/utf8.h"
#include "wire/message/decode.h"
#include "wire/message/write/field.h"
#include "wire/message/header.h"
#include "wire/message/param.h"
#include "wire/message/words.h"

static void check_lines(struct span s, size_t most)
{
	struct span line, text;

	MUST(utf8_is_ascii(s));
	while (message_line_next(&s, &line, &text))
		MUST(text.n <= most);
}

static void check_body(struct span in, enum message_encoding e)
{
	AUTO_BUF out = BUF(8 * in.n + 16);
	AUTO_BUF back = BUF(8 * in.n + 16);

	MUST(message_encode_put(&out, e, in) == 0);
	MUST(message_decode(buf_span(&out), e, &back) == 0);
	MUST(span_eq(buf_span(&back), in));
	check_lines(buf_span(&out),
	            e == MESSAGE_ENCODING_7BIT ? MESSAGE_LINE_MAX : MESSAGE_ENCODED_LINE);
}

/* The field's value, in a field of its own. */
static struct span value_of(struct buf *out)
{
	struct message_field f;

	MUST(message_header_find(buf_span(out), SPAN("X"), &f) && f.whole.n == out->n);
	return f.value;
}

static void check_text(struct span in)
{
	AUTO_BUF out = BUF(16 * in.n + 1024);
	AUTO_BUF back = BUF(16 * in.n + 1024);
	struct message_field_writer w;

	message_field_begin(&w, &out, SPAN("X"));
	message_field_text(&w, in);
	MUST(message_field_end(&w) == 0);
	check_lines(buf_span(&out), MESSAGE_LINE_MAX);
	MUST(message_words_get(value_of(&out), &back) == 0);
	MUST(span_eq(buf_span(&back), in));
}

static void check_param(struct span in)
{
	AUTO_BUF out = BUF(16 * in.n + 1024);
	AUTO_BUF back = BUF(16 * in.n + 1024);
	struct message_field_writer w;
	struct message_params params;

	if (in.n > 1000)
		return;
	message_field_begin(&w, &out, SPAN("X"));
	message_field_raw(&w, SPAN("y"));
	message_field_param(&w, SPAN("z"), in);
	MUST(message_field_end(&w) == 0);
	check_lines(buf_span(&out), MESSAGE_LINE_MAX);
	message_params_begin(&params, value_of(&out));
	MUST(message_param_get(&params, SPAN("z"), &back) > 0);
	MUST(span_eq(buf_span(&back), in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	AUTO_BUF out = BUF(8 * size + 16);

	check_body(in, MESSAGE_ENCODING_QP);
	check_body(in, MESSAGE_ENCODING_BASE64);
	check_body(in, message_encoding_choose(in));
	MUST(message_words_get(in, &out) == 0 && utf8_valid(buf_span(&out)));
	if (message_field_check(in, "it") == 0) {
		check_text(in);
		check_param(in);
	}
	return 0;
}
