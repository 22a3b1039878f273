/* clock_parse_length: no input wraps, and what is taken can be shown. */
#include "fuzz.h"

#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF out = BUF(100);
	int64_t ms = -1;
	int r = clock_parse_length(span_make(data, size), &ms);

	if (r < 0) {
		MUST(r == ERR_SYNTAX && ms == -1);
		return 0;
	}
	MUST(ms >= 0);
	MUST(clock_put_rfc3339(&out, ms) == 0);
	return 0;
}
