/* Whatever is said to be an archive: the walk ends within its budget, and gives names that a person
 * may see (inspect/packed.h). */
#include "fuzz.h"

#include "base/utf8.h"
#include "inspect/packed.h"

static int look(const struct packed_file *f, void *arg)
{
	struct span rest = f->name;
	uint32_t c;

	MUST(f->octets.n <= PACKED_INNER_MAX);
	while (rest.n)
		MUST(utf8_next(&rest, &c) >= 0 && c >= ' ');
	++*(size_t *)arg;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MUST(packed_prepare() == 0);
	for (enum file_kind kind = FILE_ARCHIVE; kind <= FILE_PACKED; kind++) {
		struct packed_budget budget = { 0 };
		size_t n = 0;
		int r = packed_each(span_make(data, size), kind, &budget, look, &n);

		MUST(r == 0 || r == ERR_LIMIT || r == ERR_CORRUPT || r == ERR_NO_MEMORY);
		MUST(budget.n_files <= PACKED_FILES_MAX + 1 &&
		     budget.octets <= PACKED_OCTETS_MAX + PACKED_INNER_MAX);
	}
	return 0;
}
