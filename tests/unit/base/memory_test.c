/* Each allocation of a script fails once: never a crash, never a loss of what was there. */
#include "test.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/json.h"
#include "base/map.h"
#include "base/coding/pack.h"

/* The linker puts these before the C library's (--wrap). */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static int fail_in; /* allocations until the one that fails; 0 is none */

static bool fails(void)
{
	return fail_in > 0 && --fail_in == 0;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

#define LEAF_FIELDS(F, L) F(span, name)
#define TREE_FIELDS(F, L) L(leaf, leaves)
PACK_DECLARE(leaf, LEAF_FIELDS)
PACK_DECLARE(tree, TREE_FIELDS)
PACK_DEFINE(leaf, LEAF_FIELDS)
PACK_DEFINE(tree, TREE_FIELDS)

static int use_buf(void)
{
	AUTO_BUF b = BUF(10000);

	for (int i = 0; i < 500; i++)
		buf_printf(&b, "%d,", i);
	base64_encode(&b, SPAN("foobar"));
	return b.err;
}

static int use_buf_str(void)
{
	AUTO_BUF b = BUF(10);

	return buf_str(&b) ? 0 : ERR_NO_MEMORY;
}

static int use_arena(void)
{
	AUTO_ARENA a = { 0 };
	struct span out;
	int r = 0;

	for (int i = 0; i < 50 && r == 0; i++) {
		r = arena_copy(&a, SPAN("some text to be kept for a while"), &out);
		if (r == 0 && !arena_printf(&a, "%d", i))
			r = ERR_NO_MEMORY;
	}
	return r;
}

static int use_map(void)
{
	static uint64_t keys[100];
	struct map m = { 0 };
	int r = 0;
	size_t n = 0;

	for (; n < N_ELEMS(keys) && r == 0; n++) {
		keys[n] = n;
		r = map_put(&m, MAP_KEY(keys[n]), &keys[n], NULL);
	}
	/* What went in before is there still. */
	CHECK_INT(m.n, r == 0 ? n : n - 1);
	for (size_t i = 0; i < m.n; i++)
		CHECK(map_get(&m, MAP_KEY(keys[i])) == &keys[i]);
	map_fini(&m);
	return r;
}

static int use_pack(void)
{
	static struct leaf leaves[100];
	struct tree v = { leaves, 100 }, got;
	AUTO_BUF b = BUF(10000);
	AUTO_ARENA a = { 0 };

	if (tree_pack(&v, &b) < 0)
		return b.err;
	return tree_unpack(buf_span(&b), &a, &got);
}

static int use_json(void)
{
	AUTO_BUF b = BUF(10000);
	struct json j = JSON(&b);

	json_begin_array(&j);
	for (int i = 0; i < 100; i++)
		json_str(&j, "\x01 and \xff");
	json_end_array(&j);
	return b.err;
}

TEST(memory_may_fail_at_any_allocation)
{
	static int (*const t[])(void) = { use_buf, use_buf_str, use_arena,
		                          use_map, use_pack,    use_json };

	EACH_ROW(t) {
		int n = 0;

		for (;;) {
			int r;

			fail_in = ++n;
			r = t[row]();
			if (fail_in > 0)
				break; /* there were fewer than n */
			CHECK_INT(r, ERR_NO_MEMORY);
		}
		fail_in = 0;
		CHECK_INT(t[row](), 0);
		CHECK(n > 1);
	}
}
