/* What a file is, is found within its octets, and zip_next_name ends (wire/files). */
#include "fuzz.h"

#include "wire/files/compound.h"
#include "wire/files/kind.h"
#include "wire/files/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_make(data, size), name;

	(void)file_kind(rest, size);
	(void)file_kind(rest, UINT64_MAX);
	(void)file_name_is_archive(rest);
	(void)file_name_is_document(rest);
	(void)compound_holds(rest);
	for (size_t before = rest.n; zip_next_name(&rest, &name); before = rest.n)
		MUST(rest.n < before && name.n <= rest.n);
	return 0;
}
