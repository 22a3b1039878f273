/* base64_decode takes exactly what base64_encode writes (RFC 4648 3.5: one text an octet string).
 */
#include "fuzz.h"

#include "base/base64.h"

static void check_id(struct span in)
{
	char text[ID_TEXT_LEN + 1];
	uint64_t id;

	if (id_parse(in, &id) < 0)
		return;
	id_print(id, text);
	MUST(span_eq_nocase(in, span_str(text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	AUTO_BUF plain = BUF(size + 1), text = BUF(size * 2 + 4);

	if (base64_decode(in, &plain) == 0) {
		MUST(base64_encode(&text, buf_span(&plain)) == 0);
		MUST(span_eq(buf_span(&text), in));
	} else {
		MUST(plain.n == 0);
	}
	buf_reset(&text);
	buf_reset(&plain);
	MUST(base64_encode(&text, in) == 0);
	MUST(base64_decode(buf_span(&text), &plain) == 0);
	MUST(span_eq(buf_span(&plain), in));
	check_id(in);
	return 0;
}
