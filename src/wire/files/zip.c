/* wire/files/zip.c - see zip.h. */
#include "wire/files/zip.h"

static const struct {
	struct span signature;
	size_t bytes, name_n_at;
} headers[] = { { SPAN("PK\x03\x04"), 30, 26 }, { SPAN("PK\x01\x02"), 46, 28 } };

bool zip_next_name(struct span *rest, struct span *name)
{
	for (ptrdiff_t at; (at = span_find_span(*rest, SPAN("PK"))) >= 0;) {
		struct span here = span_sub(*rest, (size_t)at, rest->n);

		*rest = span_sub(here, 2, here.n);
		for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
			if (span_starts(here, headers[i].signature) && here.n > headers[i].bytes) {
				const unsigned char *n =
				        (const unsigned char *)here.p + headers[i].name_n_at;
				*rest = span_sub(here, headers[i].bytes, here.n);
				*name = span_sub(*rest, 0, n[0] | (size_t)n[1] << 8);
				return true;
			}
	}
	return false;
}
