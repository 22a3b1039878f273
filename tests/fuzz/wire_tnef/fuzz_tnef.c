/* The walk ends, and stays within the stream (wire/tnef/tnef.h). */
#include "fuzz.h"

#include "wire/tnef/tnef.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF name = BUF(3 * size + 1);
	struct span octets;
	struct tnef t;
	size_t n = 0;

	if (!tnef_begin(&t, span_make(data, size)))
		return 0;
	while (tnef_next(&t, &name, &octets)) {
		MUST(!name.err && octets.n <= size && (!octets.n || !name.n));
		/* an attribute or a value of no octets takes four at least, in each level */
		MUST(++n <= size / 4 * TNEF_DEPTH_MAX);
		buf_reset(&name);
	}
	MUST(!t.depth && !tnef_next_name(&t, &name));
	return 0;
}
