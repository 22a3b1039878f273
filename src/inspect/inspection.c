/* inspect/inspection.c - see inspection.h. */
#include "inspect/inspection.h"

#include <stdarg.h>

#include "base/utf8.h"

static int print(struct inspection *x, struct span *out, const char *fmt, va_list ap)
{
	AUTO_BUF raw = BUF(4 << 10);
	AUTO_BUF clean = BUF(INSPECT_WORDS_MAX);

	buf_vprintf(&raw, fmt, ap);
	struct span rest = buf_span(&raw);
	while (rest.n) {
		struct span before = rest;
		uint32_t c;
		bool good = utf8_next(&rest, &c) >= 0 && c >= 0x20 && (c < 0x7f || c > 0x9f) &&
		            c != 0x2028 && c != 0x2029;
		if (buf_put(&clean, good ? span_sub(before, 0, before.n - rest.n) : SPAN("?")) < 0)
			break; /* it is long enough */
	}
	return arena_copy(x->mem, buf_span(&clean), out);
}

int inspect_words(struct inspection *x, struct inspect_finding *found, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int r = print(x, &found->words, fmt, ap);
	va_end(ap);
	return r;
}

int inspect_told(struct inspection *x, struct inspect_finding *found, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int r = print(x, &found->told, fmt, ap);
	va_end(ap);
	return r;
}

struct span inspect_shown(struct span name, size_t max)
{
	size_t from = name.n > max ? name.n - max : 0;

	while (from && from < name.n && ((unsigned char)name.p[from] & 0xc0) == 0x80)
		from++;
	return name.n ? span_sub(name, from, name.n) : SPAN("a file");
}
