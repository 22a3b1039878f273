/* wire/message/search/fold.c - see fold.h. */
#include "wire/message/search/fold.h"
#include "base/utf8.h"

struct run {
	uint32_t first, last;
	int32_t step, add;
};

static const struct run runs[] = {
#define FOLD(first, last, step, add) { first, last, step, add },
#include "wire/message/search/fold.def"
#undef FOLD
};

static char fold_ascii(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

uint32_t message_fold(uint32_t c)
{
	size_t low = 0, high = N_ELEMS(runs);

	if (c < 0x80)
		return (uint32_t)fold_ascii((char)c);
	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct run *r = &runs[mid];

		if (c < r->first)
			high = mid;
		else if (c > r->last)
			low = mid + 1;
		else
			return (c - r->first) % (uint32_t)r->step ? c : c + (uint32_t)r->add;
	}
	return c;
}

/* Takes a character, folded; U+FFFD for an octet that is none. */
static uint32_t take(struct span *s)
{
	uint32_t c;

	return utf8_next(s, &c) < 0 ? 0xfffd : message_fold(c);
}

int message_fold_put(struct buf *out, struct span utf8)
{
	char octets[4];

	/* Three octets for one that is none; a folded character has at most one octet more. */
	if (buf_reserve(out, 3 * utf8.n + 1) < 0)
		return out->err;
	while (utf8.n) {
		char *to = out->p + out->n;
		size_t n = 0;

		for (; n < utf8.n && (unsigned char)utf8.p[n] < 0x80; n++)
			to[n] = fold_ascii(utf8.p[n]);
		out->n += n;
		utf8 = span_make(utf8.p + n, utf8.n - n);
		if (!utf8.n)
			break;
		n = utf8_encode(take(&utf8), octets);
		memcpy(out->p + out->n, octets, n);
		out->n += n;
	}
	return 0;
}

int message_fold_cmp(struct span a, struct span b)
{
	while (a.n && b.n) {
		uint32_t x = take(&a), y = take(&b);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return a.n ? 1 : b.n ? -1 : 0;
}
