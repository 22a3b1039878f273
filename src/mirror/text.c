/* mirror/text.c - see text.h. */
#include "mirror/text.h"

#include "base/utf8.h"

enum { PLANE = 0x10000, HIGH = 0xd800, LOW = 0xdc00, BITS = 10, MASK = (1 << BITS) - 1 };

size_t mirror_text(struct span utf8, size_t most, uint16_t *out)
{
	size_t n = 0;

	while (utf8.n) {
		uint32_t c;

		if (utf8_next(&utf8, &c) < 0 || !c)
			c = MIRROR_TEXT_REPLACEMENT;
		if (n + (c < PLANE ? 1 : 2) > most)
			break;
		if (c < PLANE) {
			out[n++] = (uint16_t)c;
		} else {
			out[n++] = (uint16_t)(HIGH + ((c - PLANE) >> BITS));
			out[n++] = (uint16_t)(LOW + ((c - PLANE) & MASK));
		}
	}
	return n;
}
