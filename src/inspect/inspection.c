/* inspect/inspection.c - see inspection.h. */
#include "inspect/inspection.h"

#include <stdarg.h>

#include "base/utf8.h"

int inspect_words(struct inspection *x, struct inspect_finding *found, const char *fmt, ...)
{
	AUTO_BUF raw = BUF(4 << 10);
	AUTO_BUF clean = BUF(INSPECT_WORDS_MAX);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&raw, fmt, ap);
	va_end(ap);
	struct span rest = buf_span(&raw);
	while (rest.n) {
		struct span before = rest;
		uint32_t c;
		bool good = utf8_next(&rest, &c) >= 0 && c >= 0x20 && (c < 0x7f || c > 0x9f) &&
		            c != 0x2028 && c != 0x2029;
		if (buf_put(&clean, good ? span_sub(before, 0, before.n - rest.n) : SPAN("?")) < 0)
			break; /* it is long enough */
	}
	return arena_copy(x->mem, buf_span(&clean), &found->words);
}
