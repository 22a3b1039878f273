/* The rest of a message and what is left out of it are the message, and files decode. */
#include "fuzz.h"

#include "inspect/virus/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena mem = { 0 };
	struct virus_rest rest = { 0 };
	struct virus_parts parts;
	struct span piece;
	size_t n = 0;

	if (virus_parts_find(span_make(data, size), &mem, &parts) < 0) {
		arena_fini(&mem);
		return 0;
	}
	while (virus_rest_next(&rest, &parts, &piece))
		n += piece.n;
	for (size_t i = 0; i < parts.n; i++) {
		struct buf octets = BUF(parts.v[i].octets.n + 1);
		MUST(virus_part_decode(&parts.v[i], &octets) == 0);
		n += parts.v[i].left_out ? parts.v[i].octets.n : 0;
		MUST(!parts.v[i].left_out || parts.v[i].is_file);
		buf_fini(&octets);
	}
	MUST(n == size);
	arena_fini(&mem);
	return 0;
}
