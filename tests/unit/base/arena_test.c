/* base/arena.h: zeroed, aligned, capped, and poisoned when given back. */
#include "test.h"

#include <stdalign.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#include "base/arena.h"
#include "base/err.h"

static bool is_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

TEST(arena_memory_is_zeroed_and_aligned)
{
	static const size_t t[] = { 0, 1, 7, 16, 17, 400, 600, 70000, 3, 200000, 1 };
	AUTO_ARENA a = { 0 };

	for (int round = 0; round < 3; round++) {
		EACH_ROW(t) {
			char *p = arena_alloc(&a, t[row]);

			CHECK(p != NULL);
			CHECK_INT((uintptr_t)p % alignof(max_align_t), 0);
			CHECK(is_zero(p, t[row]));
			memset(p, 0xee, t[row]);
		}
		arena_reset(&a);
		CHECK_INT(a.used, 0);
	}
}

TEST(arena_allocations_do_not_overlap)
{
	AUTO_ARENA a = { 0 };
	char *p[200];

	for (size_t i = 0; i < N_ELEMS(p); i++) {
		p[i] = arena_alloc(&a, i);
		memset(p[i], (int)i, i);
	}
	for (size_t i = 0; i < N_ELEMS(p); i++)
		for (size_t k = 0; k < i; k++)
			CHECK_INT((unsigned char)p[i][k], i);
}

TEST(arena_keeps_its_cap)
{
	static const struct {
		size_t cap, first, second;
		bool fits;
	} t[] = {
		{ 100, 60, 40, true },  { 100, 60, 41, false },
		{ 100, 0, 101, false }, { 0, 0, ARENA_CAP_DEFAULT + (size_t)1, false },
		{ 1, 1, 0, true },      { 100, 50, SIZE_MAX, false },
	};
	EACH_ROW(t) {
		AUTO_ARENA a = { .cap = t[row].cap };

		CHECK(arena_alloc(&a, t[row].first) != NULL);
		CHECK_INT(arena_alloc(&a, t[row].second) != NULL, t[row].fits);
		arena_reset(&a);
		CHECK(arena_alloc(&a, t[row].first) != NULL);
	}
}

TEST(arena_array_does_not_wrap)
{
	AUTO_ARENA a = { 0 };

	CHECK(arena_array(&a, uint64_t, 3) != NULL);
	CHECK(arena_array(&a, uint64_t, SIZE_MAX / 8 + 2) == NULL);
	CHECK(arena_alloc_array(&a, SIZE_MAX, SIZE_MAX) == NULL);
}

TEST(arena_copies)
{
	static const struct span t[] = { SPAN("abc"), SPAN("a\0b"), SPAN(""), { NULL, 0 } };

	EACH_ROW(t) {
		AUTO_ARENA a = { 0 };
		struct span in = exact(t[row]), out;
		const char *z;

		CHECK_INT(arena_copy(&a, in, &out), 0);
		CHECK_SPAN(out, t[row]);
		CHECK(out.p != in.p);
		z = arena_str(&a, in);
		CHECK_SPAN(span_make(z, t[row].n), t[row]);
		CHECK_INT(z[t[row].n], 0);
	}
}

TEST(arena_copy_fails_without_a_trace)
{
	AUTO_ARENA a = { .cap = 2 };
	struct span out = SPAN("untouched");

	CHECK_INT(arena_copy(&a, SPAN("abc"), &out), ERR_NO_MEMORY);
	CHECK_SPAN(out, SPAN("untouched"));
	CHECK(arena_str(&a, SPAN("ab")) == NULL);
	CHECK(arena_printf(&a, "%d", 10) == NULL);
	CHECK_STR(arena_printf(&a, "%d", 1), "1");
}

TEST(arena_is_empty_after_fini)
{
	struct arena a = { 0 };

	arena_reset(&a);
	CHECK(arena_alloc(&a, 5000) != NULL);
	arena_fini(&a);
	CHECK(a.chunk == NULL && a.used == 0);
	arena_fini(&a);
	CHECK(arena_alloc(&a, 1) != NULL);
	arena_fini(&a);
}

#ifdef __SANITIZE_ADDRESS__
TEST(arena_poisons_what_is_not_handed_out)
{
	static const size_t t[] = { 1, 15, 16, 17, 32 };

	EACH_ROW(t) {
		AUTO_ARENA a = { 0 };
		char *p = arena_alloc(&a, t[row]);

		CHECK(!__asan_region_is_poisoned(p, t[row]));
		CHECK(arena_alloc(&a, 1) != NULL);
		CHECK(__asan_address_is_poisoned(p + t[row]));
		arena_reset(&a);
		CHECK(__asan_address_is_poisoned(p));
	}
}
#endif
