/* A header ends at the same place however its octets come, and only a whole one says something. */
#include "fuzz.h"

#include "wire/proxy/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_make(data, size);
	AUTO_BUF once = BUF(PROXY_HEADER_MAX);
	AUTO_BUF bit_by_bit = BUF(PROXY_HEADER_MAX);
	struct proxy_header h;
	size_t n, m, taken = 0;
	int r = proxy_header_feed(&once, in, &n), q = 0;

	MUST(n <= size && (r != 0 || n == size));
	while (q == 0 && taken < size) {
		q = proxy_header_feed(&bit_by_bit, span_sub(in, taken, 1), &m);
		taken += m;
	}
	MUST(q == (size ? r : 0) && (r < 0 || taken == n));
	if (r != 1)
		return 0;
	r = proxy_header_parse(buf_span(&once), &h);
	MUST(r == ERR_SYNTAX ||
	     (r == 0 && (h.client.n == 0 || h.client.n == 4 || h.client.n == 16)));
	MUST(r < 0 || h.client.n || !h.port);
	return 0;
}
