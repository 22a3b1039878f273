/* A record with lists in lists: what can be unpacked packs to the same fields again. */
#include "fuzz.h"

#include "base/coding/pack.h"

#define LEAF_FIELDS(F, L) F(span, name) F(u8, flags) F(i64, when)
#define TREE_FIELDS(F, L) F(u16, kind) L(leaf, leaves) F(bool, last)
#define ROOT_FIELDS(F, L) F(u64, id) F(span, text) L(tree, trees) F(u32, sum) L(leaf, more)
PACK_DECLARE(leaf, LEAF_FIELDS)
PACK_DECLARE(tree, TREE_FIELDS)
PACK_DECLARE(root, ROOT_FIELDS)
PACK_DEFINE(leaf, LEAF_FIELDS)
PACK_DEFINE(tree, TREE_FIELDS)
PACK_DEFINE(root, ROOT_FIELDS)

enum { MEMORY_MAX = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA mem = { .cap = MEMORY_MAX };
	AUTO_BUF once = BUF(MEMORY_MAX), twice = BUF(MEMORY_MAX);
	struct root root = { 0 }, again;
	int r = root_unpack(span_make(data, size), &mem, &root);

	if (r < 0) {
		MUST(r == ERR_SYNTAX || r == ERR_TOO_LONG || r == ERR_NO_MEMORY);
		MUST(root.id == 0 && root.n_trees == 0);
		return 0;
	}
	MUST(root_pack(&root, &once) == 0);
	MUST(root_unpack(buf_span(&once), &mem, &again) == 0);
	MUST(root_pack(&again, &twice) == 0);
	MUST(span_eq(buf_span(&once), buf_span(&twice)));
	return 0;
}
