/* What utf8_next takes, utf8_encode gives back (RFC 3629 3); buf_put_escaped leaves no control. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/utf8.h"

static void check_escaped(struct span in)
{
	AUTO_BUF out = BUF(in.n * 4);
	struct span rest;
	uint32_t c;

	MUST(buf_put_escaped(&out, in) == 0);
	for (rest = buf_span(&out); rest.n;) {
		MUST(utf8_next(&rest, &c) == 0);
		MUST(c >= 0x20 && (c < 0x7f || c > 0x9f) && c != 0x2028 && c != 0x202e);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size), rest = in;
	bool good = true, ascii = true;

	while (rest.n) {
		struct span from = rest;
		uint32_t c;
		char again[4];
		int r = utf8_next(&rest, &c);

		MUST(rest.n < from.n);
		if (r == 0)
			MUST(span_eq(span_sub(from, 0, from.n - rest.n),
			             span_make(again, utf8_encode(c, again))));
		good = good && r == 0;
		ascii = ascii && r == 0 && c < 0x80;
	}
	MUST(utf8_valid(in) == good);
	MUST(utf8_is_ascii(in) == ascii);
	check_escaped(in);
	return 0;
}
