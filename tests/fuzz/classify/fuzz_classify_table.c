/* Octets as a table (classify/table.h): one, or none, and a score of it is a score. */
#include "fuzz.h"

#include "classify/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t hashes[] = { 0, 1, 2, 77, 0xffffffff };
	struct classify_table t;
	struct classify_score s;
	enum { ANY = 1000000 };

	MUST(classify_table_init(&t, 8, 4) == 0);
	int r = classify_table_unpack(span_make(data, size), &t);
	MUST(r == 0 || r == ERR_CORRUPT);
	classify_score(&t, &t, hashes, N_ELEMS(hashes), &s);
	MUST(s.score > -ANY && s.score < ANY && s.n_why <= CLASSIFY_WHY_MAX);
	(void)classify_learn(&t, hashes, N_ELEMS(hashes), true);
	(void)classify_learn(&t, hashes, N_ELEMS(hashes), false);
	classify_table_fini(&t);
	return 0;
}
