/* wire/message/envelope/items.c - see items.h. */
#include "wire/message/envelope/items.h"

int message_number_put(struct buf *out, uint64_t n)
{
	char octets[MESSAGE_NUMBER_MAX];
	size_t len = 0;

	for (; n >= 0x80; n >>= 7)
		octets[len++] = (char)(n | 0x80);
	octets[len++] = (char)n;
	return buf_put(out, span_make(octets, len));
}

int message_string_put(struct buf *out, struct span s)
{
	message_number_put(out, s.n);
	return buf_put(out, s);
}

int message_item_put(struct buf *out, uint8_t kind, struct span s)
{
	buf_putc(out, (char)kind);
	return message_string_put(out, s);
}

int message_number_get(struct span *in, uint64_t *n)
{
	uint64_t got = 0;

	for (unsigned i = 0; i < MESSAGE_NUMBER_MAX && i < in->n; i++) {
		uint8_t c = (uint8_t)in->p[i];

		if (i == MESSAGE_NUMBER_MAX - 1 && c > 1)
			break;
		got |= (uint64_t)(c & 0x7f) << (7 * i);
		if (c & 0x80)
			continue;
		*in = span_sub(*in, i + 1, in->n);
		*n = got;
		return 0;
	}
	return ERR_CORRUPT;
}

int message_string_get(struct span *in, struct span *s)
{
	struct span rest = *in;
	uint64_t n;

	if (message_number_get(&rest, &n) < 0 || n > rest.n)
		return ERR_CORRUPT;
	*s = span_sub(rest, 0, (size_t)n);
	*in = span_sub(rest, (size_t)n, rest.n);
	return 0;
}

int message_item_get(struct span *in, uint8_t *kind, struct span *s)
{
	struct span rest;

	if (!in->n)
		return 0;
	rest = span_sub(*in, 1, in->n);
	if (message_string_get(&rest, s) < 0)
		return ERR_CORRUPT;
	*kind = (uint8_t)in->p[0];
	*in = rest;
	return 1;
}
