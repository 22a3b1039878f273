/* A chunked body, at once and octet by octet: the same octets come of it. */
#include "fuzz.h"

#include <string.h>

#include "wire/http/chunks.h"

static char whole[1 << 16], single[1 << 16];

static int take(struct span in, size_t step, char *out, size_t *n, size_t *used)
{
	struct http_chunks c = { 0 };
	struct span all = in, piece, got;
	int r = 1;

	*n = 0;
	while (r == 1 && in.n) {
		piece = span_sub(in, 0, step);
		r = http_chunks_take(&c, &piece, &got);
		memcpy(out + *n, got.p, got.n);
		*n += got.n;
		in = span_sub(in, span_sub(in, 0, step).n - piece.n, in.n);
	}
	*used = all.n - in.n;
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	size_t n_whole, n_single, used_whole, used_single;

	if (size > sizeof whole)
		return 0;
	int r = take(in, size ? size : 1, whole, &n_whole, &used_whole);
	MUST(r == take(in, 1, single, &n_single, &used_single));
	MUST(n_whole == n_single && memcmp(whole, single, n_whole) == 0);
	MUST(r != 0 || used_whole == used_single);
	return 0;
}
