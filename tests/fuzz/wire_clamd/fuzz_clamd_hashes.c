/* A list of hashes: each line that is one is found again, and nothing is read past the text. */
#include "fuzz.h"

#include "wire/clamd/hash_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make(data, size), rest = text, line, name;
	struct clamd_hash_list l;
	struct clamd_hash h;
	size_t n = 0;

	MUST(clamd_hash_list_open(text, &l) == 0);
	while (span_split(&rest, '\n', &line))
		if (clamd_hash_line(line, &h) > 0) {
			uint64_t size_of = h.size < 0 ? 7 : (uint64_t)h.size;
			MUST(clamd_hash_list_find(&l, span_make(h.hash, h.hash_n), size_of, &name));
			MUST(name.n && name.n <= CLAMD_HASH_NAME_MAX);
			n++;
		}
	MUST(n == l.n);
	clamd_hash_list_fini(&l);
	return 0;
}
